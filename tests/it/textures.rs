//! PVW in textures of the device that a window is drawn by: what is in them, how long they are left
//! alone, and who draws when that device cannot.

use std::sync::{Arc, OnceLock};

use compositor::{Compositor, Gpu, Prepared};
use drawing::agreement;
use drawing::faults::{SIZE, grey};
use drawing::textures::{self, ReadBack};
use drawing::window::Window;
use engine::{FrameIndex, FramePool};
use studio::program::view::ProgramView;
use studio::window::pvw::{Pvw, WindowGpu};
use tests::time::{self, PATIENCE};
use ui::Screen;
use wgpu::Limits;

/// One for all: opening costs more than drawing.
fn window() -> (Window, Arc<Gpu>) {
    static WINDOW: OnceLock<(Window, Arc<Gpu>)> = OnceLock::new();
    let open = || {
        let window = Window::open(Limits::default()).unwrap();
        let gpu = window.gpu().unwrap();
        (window, gpu)
    };
    WINDOW.get_or_init(open).clone()
}

fn read_back(size: (u32, u32), prepared: Arc<Prepared>) -> Box<dyn Compositor> {
    let (window, gpu) = window();
    Box::new(ReadBack::new(size, prepared, &window, &gpu))
}

#[test]
fn pvw_in_textures_is_drawn_as_the_reference_does() {
    agreement::any_plan(&read_back, 60).unwrap();
    assert!(!window().1.is_lost(), "it was the GPU that drew");
}

#[test]
fn textures_that_are_held_are_not_drawn_on() {
    let (window, gpu) = window();
    textures::held_are_not_drawn_on(&window, &gpu).unwrap();
}

fn view(frame: u64) -> ProgramView {
    let pgm = FramePool::new(SIZE.0, SIZE.1, 1).take().finish();
    ProgramView {
        frame: FrameIndex(frame),
        pgm,
        pvw: grey(100),
        pictures: Vec::new(),
        positions: Arc::default(),
        needs: Arc::default(),
    }
}

fn pvw(window: &Window) -> Pvw {
    let Window { adapter, device, queue } = window.clone();
    Pvw::new(SIZE, Arc::default(), Some(&WindowGpu::new(adapter, device, queue)))
}

#[test]
fn pvw_goes_on_when_the_windows_gpu_is_lost() {
    let window = Window::open(Limits::default()).unwrap();
    let mut pvw = pvw(&window);
    assert!(matches!(pvw.draw(&view(0)), Some(Screen::Textures { size: SIZE, .. })));
    window.device.destroy();
    // It is told once what it has under way is finished.
    let planes = || match pvw.draw(&view(1)) {
        Some(Screen::Planes(picture)) => Some(picture),
        _ => None,
    };
    let picture = time::wait_for(PATIENCE, planes).expect("the CPU's");
    assert_eq!(picture.plane(0).data[0], 16 + 100);
}

#[test]
fn pvw_is_the_cpus_where_the_windows_gpu_was_opened_for_too_little() {
    // What a window asks of a GPU that has OpenGL alone.
    let window = Window::open(Limits::downlevel_webgl2_defaults()).unwrap();
    let error = window.gpu().err().expect("it has no storage buffers");
    assert!(error.to_string().contains("max_storage_buffers_per_shader_stage: 0 "), "{error}");
    assert!(matches!(pvw(&window).draw(&view(0)), Some(Screen::Planes(_))));
}
