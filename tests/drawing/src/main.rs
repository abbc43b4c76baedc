//! `gpu-check`: whether this machine's GPU draws as it should, and what a frame costs on it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let out = &mut std::io::stdout().lock();
    match drawing::gpu_check::run(std::env::args().skip(1), out) {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("gpu-check: {error}");
            1.into()
        }
    }
}
