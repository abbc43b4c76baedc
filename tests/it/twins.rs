//! Every backend against the reference, on plans nobody wrote by hand.

use std::sync::{Arc, OnceLock};

use compositor::{Compositor, CpuCompositor, Gpu, GpuCompositor, Prepared};
use drawing::agreement;

fn cpu((width, height): (u32, u32), prepared: Arc<Prepared>) -> Box<dyn Compositor> {
    Box::new(CpuCompositor::new(width, height, prepared))
}

/// One device for all: opening costs more than drawing.
pub fn device() -> Arc<Gpu> {
    static DEVICE: OnceLock<Arc<Gpu>> = OnceLock::new();
    let open = || Arc::new(Gpu::open().expect("mesa-vulkan-drivers is installed"));
    Arc::clone(DEVICE.get_or_init(open))
}

fn gpu((width, height): (u32, u32), prepared: Arc<Prepared>) -> Box<dyn Compositor> {
    Box::new(GpuCompositor::new(width, height, prepared, device()))
}

#[test]
fn the_cpu_draws_any_plan_as_the_reference_does() {
    agreement::any_plan(&cpu, 500).unwrap();
}

#[test]
fn on_the_cpu_a_creeping_picture_does_not_shimmer() {
    agreement::creeping_picture(&cpu).unwrap();
}

#[test]
fn the_gpu_draws_any_plan_as_the_reference_does() {
    agreement::any_plan(&gpu, 120).unwrap();
    assert!(!device().is_lost(), "it was the GPU that drew");
}

#[test]
fn on_the_gpu_a_creeping_picture_does_not_shimmer() {
    agreement::creeping_picture(&gpu).unwrap();
    assert!(!device().is_lost(), "it was the GPU that drew");
}

#[test]
fn the_cpu_draws_any_settings_as_the_reference_does() {
    agreement::any_settings(&cpu, 500).unwrap();
}

#[test]
fn the_gpu_draws_any_settings_as_the_reference_does() {
    agreement::any_settings(&gpu, 150).unwrap();
    assert!(!device().is_lost(), "it was the GPU that drew");
}
