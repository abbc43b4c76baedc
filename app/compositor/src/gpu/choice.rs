//! Which backend suits a machine.

use super::device;

/// What composes the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A GPU.
    Gpu,
    /// The processor.
    Cpu,
}

/// The forced backend, or else the one that suits the machine: a GPU if there is a real one. A
/// software GPU costs 8 to 46 times what composing on the CPU does (`gpu-check`), and looking for
/// one takes 50 MB.
pub fn choose(force: Option<Backend>) -> Backend {
    force.unwrap_or_else(|| {
        let is_real = || {
            matches!(
                device::adapter_type(),
                Some(wgpu::DeviceType::DiscreteGpu | wgpu::DeviceType::IntegratedGpu)
            )
        };
        if has_device_node() && is_real() { Backend::Gpu } else { Backend::Cpu }
    })
}

/// On Linux a GPU has a device file; without one Vulkan is not even loaded.
fn has_device_node() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let has = |folder: &str, prefix: &str| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
    };
    has("/dev/dri", "renderD") || has("/dev", "nvidia")
}
