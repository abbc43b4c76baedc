//! The GPU compositor's delay, its loss and its return.

use std::sync::Arc;

use compositor::{Backend, Compositor, Gpu, GpuCompositor, choose};
use drawing::faults::{self, SIZE};
use drawing::gpu_check;
use drawing::pictures::picture;
use drawing::window::Window;
use engine::{BusItems, FrameIndex, Picture, PixelFormat};
use show::{Feed, LayoutId, Pane, Rect, Show, SourceId, SourceKind, Template};
use tests::shows::{HD25, source};

#[test]
fn a_picture_comes_two_frames_late_in_order() {
    faults::two_frames_late(&super::twins::device()).unwrap();
}

/// The frames that the GPU had are drawn by the CPU, and it goes on; another GPU takes over.
#[test]
fn a_lost_gpu_costs_no_frame() {
    let open = || Arc::new(Gpu::open().unwrap());
    faults::lost(open(), open()).unwrap();
}

#[test]
fn a_gpu_that_is_too_slow_costs_no_frame() {
    // One of its own: nothing else is to make it slow.
    let report = faults::too_slow(&Arc::new(Gpu::open().unwrap())).unwrap();
    println!("{}, tried: {}", report.said, report.was_tried);
}

#[test]
fn a_gpu_that_stalls_costs_no_frame_and_holds_nobody_up() {
    let window = Window::open(wgpu::Limits::default()).unwrap();
    let report = faults::stalled(&window).unwrap();
    // An old software GPU cannot be brought to stall: there the rest is judged.
    println!("{}, tried: {}", report.said, report.was_tried);
}

/// What is carried to machines with a GPU: it judges and measures wherever there is one.
#[test]
fn what_a_gpu_frame_costs_is_measured_in_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.json");
    let run = |arguments: &str| {
        let arguments = arguments.split(' ').map(str::to_owned);
        let mut out = Vec::new();
        let code = gpu_check::run(arguments, &mut out).unwrap();
        (code, String::from_utf8(out).unwrap())
    };
    let wish = format!("--no-checks --seconds 0 --only quad --only 720 --json {}", file.display());
    let (code, said) = run(&wish);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("a GPU frame costs the calling thread under 1 ms: "), "{said}");
    let figures: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert!(!figures["adapter"]["name"].as_str().unwrap().is_empty());
    let costs = figures["costs"].as_array().unwrap();
    assert_eq!((costs.len(), &costs[0]["scene"]), (1, &"quad".into()), "what was asked for");
    let ways = costs[0]["ways"].as_object().unwrap();
    assert_eq!(ways.len(), 4);
    for (way, cost) in ways {
        let median = |figure: &str| cost[figure]["median"].as_f64().unwrap();
        assert!(cost["frames"].as_u64().unwrap() >= 5, "{way}: {cost}");
        let (thread, process) = (median("thread_cpu_ms"), median("process_cpu_ms"));
        assert!(0.0 < thread && thread <= process, "{way}: {cost}");
        assert!(median("call_ms") > 0.0 && median("finished_ms") > 0.0, "{way}: {cost}");
    }
    for part in ["upload", "compose", "read-back"] {
        assert!(costs[0]["parts_by_medians"][part]["thread_cpu_ms"].is_number(), "{part}");
    }
    let (code, said) = run("--only octagon");
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("two-box, quad, nine, 720, 1080, 2160"), "{said}");
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
    let camera = picture(SIZE, PixelFormat::PROGRAMME, 0, |_, _, x, y| (16 + x + y) as u8);
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
