//! The GPU compositor's delay, its loss and its return.

use std::sync::Arc;
use std::time::Duration;

use compositor::{Backend, Compositor, Gpu, GpuCompositor, choose};
use engine::{BusItems, Frame, FrameIndex, Picture, PixelFormat};
use show::{
    Background, Colour, Feed, Layout, LayoutId, Pane, Rect, Show, SourceId, SourceKind, Template,
};
use tests::shows::{HD25, source};
use tests::time;

const SIZE: (u32, u32) = (64, 36);

/// A layout of nothing but a grey whose Y' is 16 and `level`.
fn grey(level: u8) -> Picture {
    let mut show = Show::new("Test", HD25);
    let value = (f64::from(level) * 255.0 / 219.0).round() as u8;
    let background = Background::Colour { colour: Colour::rgb(value, value, value) };
    let (id, name, panes, audio) = (LayoutId(1), "Grey".to_owned(), Vec::new(), Vec::new());
    show.layouts.push(Layout { id, name, background, panes, audio });
    Picture::One(BusItems { layout: Some(id), ..BusItems::default() }.pin(&show))
}

fn level(frame: &Frame) -> u8 {
    frame.plane(0).data[5] - 16
}

/// Draws a frame that shows its own number, and says which came out and what it shows.
fn step(compositor: &mut GpuCompositor, frame: u64) -> Option<(u64, u8)> {
    let drawn = compositor.draw(FrameIndex(frame), &grey(frame as u8), &[]);
    compositor.wait();
    drawn.map(|(frame, picture)| (frame.0, level(&picture)))
}

#[test]
fn a_picture_comes_two_frames_late_in_order() {
    let device = super::twins::device();
    let mut compositor = GpuCompositor::new(SIZE.0, SIZE.1, Arc::default(), device);
    assert_eq!(compositor.latency(), 2);
    for frame in 0_u64..12 {
        let expected = frame.checked_sub(2).map(|shown| (shown, shown as u8));
        assert_eq!(step(&mut compositor, frame), expected);
    }
}

/// The frames that the GPU had are drawn by the CPU, and it goes on; another GPU takes over.
#[test]
fn a_lost_gpu_costs_no_frame() {
    let open = || Arc::new(Gpu::open().unwrap());
    let first = open();
    let mut compositor = GpuCompositor::new(SIZE.0, SIZE.1, Arc::default(), Arc::clone(&first));
    let mut shown = Vec::new();
    for frame in 0..15 {
        match frame {
            4 => first.lose(),
            9 => compositor.spare().store(Some(open())),
            _ => {}
        }
        shown.extend(step(&mut compositor, frame));
        assert_eq!(compositor.is_on_cpu(), (4..9).contains(&frame), "{frame}");
    }
    let expected: Vec<(u64, u8)> = (0..13).map(|frame| (frame, frame as u8)).collect();
    assert_eq!(shown, expected);
}

/// A GPU that is busy with something else for a second, as one that hangs is: every picture comes on its
/// call all the same, from the CPU, and no call waits; afterwards the GPU draws again.
#[test]
fn a_gpu_that_stalls_costs_no_frame_and_holds_nobody_up() {
    let (window, busy) = super::textures::busy_window();
    let gpu = Arc::new(window.gpu().unwrap());
    let mut compositor = GpuCompositor::new(SIZE.0, SIZE.1, Arc::default(), Arc::clone(&gpu));
    let mut shown: Vec<(u64, u8)> = (0..6).filter_map(|n| step(&mut compositor, n)).collect();
    busy.begin(&window, Duration::from_secs(1));
    let (began, mut stalled) = (time::now(), None);
    let mut longest = Duration::ZERO;
    let mut frames = 6_u64;
    while !busy.is_over() || frames < 40 {
        let before = time::now();
        let drawn = compositor.draw(FrameIndex(frames), &grey(frames as u8), &[]);
        longest = longest.max(before.elapsed());
        shown.extend(drawn.map(|(frame, picture)| (frame.0, level(&picture))));
        frames += 1;
        if busy.is_over() {
            stalled.get_or_insert(began.elapsed());
        }
        // The frame's number must stay a level of grey.
        assert!(frames < 200, "it was busy for too long");
        time::sleep(Duration::from_millis(10));
    }
    for n in frames..frames + 6 {
        shown.extend(step(&mut compositor, n));
    }
    let expected: Vec<(u64, u8)> = (0..frames + 4).map(|frame| (frame, frame as u8)).collect();
    assert_eq!(shown, expected);
    let stalled = stalled.unwrap();
    println!("{frames} frames, {stalled:?} without the GPU, the longest call took {longest:?}");
    assert!(stalled > Duration::from_millis(100), "it was never late: {stalled:?}");
    assert!(longest < Duration::from_millis(500), "a call waited: {longest:?}");
    assert!(!gpu.is_lost() && !compositor.is_on_cpu());
    assert_eq!(compositor.waiting(), 2, "nothing piles up");
}

#[test]
fn an_untouched_source_goes_round_the_gpu() {
    let mut show = Show::new("Test", HD25);
    show.sources.push(source(1, SourceKind::TestPattern { tag: 0 }));
    let feeds = [Feed::Source(SourceId(1))];
    show.layouts.push(Template::Single.layout(LayoutId(2), "Full", &feeds));
    let bus = BusItems { layout: Some(LayoutId(2)), ..BusItems::default() }.pin(&show);
    assert_eq!(bus.layout.as_ref().unwrap().panes[0], Pane::new(Rect::FULL, feeds[0]));
    let device = super::twins::device();
    let mut compositor = GpuCompositor::new(SIZE.0, SIZE.1, Arc::default(), device);
    let camera =
        tests::pictures::picture(SIZE, PixelFormat::PROGRAMME, 0, |_, _, x, y| (16 + x + y) as u8);
    let sources = [(SourceId(1), camera.clone())];
    let mut drawn = None;
    for frame in 0..3 {
        drawn = compositor.draw(FrameIndex(frame), &Picture::One(Arc::clone(&bus)), &sources);
    }
    assert!(drawn.unwrap().1.is_same(&camera));
}

#[test]
fn a_software_gpu_is_used_only_when_it_is_asked_for() {
    assert_eq!(choose(Some(Backend::Gpu)), Backend::Gpu);
    assert_eq!(choose(Some(Backend::Cpu)), Backend::Cpu);
    let has = |folder: &str, prefix: &str| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
    };
    if !has("/dev/dri", "renderD") && !has("/dev", "nvidia") {
        assert_eq!(choose(None), Backend::Cpu);
    }
}
