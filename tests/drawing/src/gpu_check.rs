//! The command line of `gpu-check`: names the GPU, judges how it draws, and measures what that costs.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use compositor::{Compositor, Gpu, GpuCompositor};
use serde_json::{Value, json};
use wgpu::{AdapterInfo, DeviceType, Limits};

use crate::agreement;
use crate::bench::{self, Costs, SIZES, Scene};
use crate::clock;
use crate::faults;
use crate::textures::{self, ReadBack};
use crate::window::Window;
use crate::{Outcome, Report};

const HELP: &str = "\
gpu-check [--seconds N] [--only NAME]... [--json FILE] [--no-checks] [--no-bench]

Draws on this machine's GPU, judges what comes out, and measures what a frame costs.
  --seconds N    measure each scene for about N seconds at each size (5)
  --only NAME    measure only this scene (two-box, quad, nine) or size (720, 1080, 2160); may be repeated
  --json FILE    write the figures there as well
Ends with 1 if a check fails, with 3 if there is no GPU.";

/// A check failed.
const FAILED: u8 = 1;
/// The command line is wrong.
const USAGE: u8 = 2;
/// There is no GPU.
const NO_GPU: u8 = 3;

/// What is asked for.
struct Wish {
    length: Duration,
    only: Vec<String>,
    json: Option<String>,
    checks: bool,
    bench: bool,
}

impl Wish {
    fn of(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let length = Duration::from_secs(5);
        let mut wish = Self { length, only: Vec::new(), json: None, checks: true, bench: true };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--seconds" => {
                    let seconds = value()?.parse();
                    wish.length = Duration::from_secs(seconds.map_err(|_| "--seconds 5")?);
                }
                "--only" => wish.only.push(value()?),
                "--json" => wish.json = Some(value()?),
                "--no-checks" => wish.checks = false,
                "--no-bench" => wish.bench = false,
                "--help" => return Err(HELP.to_owned()),
                _ => return Err(format!("{argument} is no option\n\n{HELP}")),
            }
        }
        let names = || Scene::ALL.map(|scene| scene.name().to_owned()).into_iter().chain(sizes());
        match wish.only.iter().find(|only| !names().any(|name| name == **only)) {
            Some(only) => {
                Err(format!("--only {only}: there are {}", Vec::from_iter(names()).join(", ")))
            }
            None => Ok(wish),
        }
    }

    /// Scenes and sizes: what is named of a kind, or all of it.
    fn jobs(&self) -> Vec<(Scene, (u32, u32))> {
        let named = |names: &[String], name: &str| {
            let any = names.iter().any(|other| self.only.contains(other));
            !any || self.only.iter().any(|only| only == name)
        };
        let scenes = Scene::ALL.map(|scene| scene.name().to_owned());
        let sizes: Vec<String> = sizes().collect();
        let mut jobs = Vec::new();
        for size in SIZES {
            let scenes = Scene::ALL.into_iter().filter(|scene| named(&scenes, scene.name()));
            if named(&sizes, &size.1.to_string()) {
                jobs.extend(scenes.map(|scene| (scene, size)));
            }
        }
        jobs
    }
}

fn sizes() -> impl Iterator<Item = String> {
    SIZES.into_iter().map(|(_, height)| height.to_string())
}

/// Does what the arguments say, and yields the exit code.
///
/// # Errors
/// What is found cannot be written.
pub fn run(arguments: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<u8> {
    let wish = match Wish::of(arguments) {
        Ok(wish) => wish,
        Err(said) => {
            writeln!(out, "{said}")?;
            return Ok(if said == HELP { 0 } else { USAGE });
        }
    };
    let opened = open();
    let (window, shared, gpu) = match &opened {
        Ok((window, shared, gpu)) => (window, shared, gpu),
        Err(error) => {
            writeln!(out, "{error}")?;
            return Ok(NO_GPU);
        }
    };
    let info = window.adapter.get_info();
    write_adapter(&info, out)?;
    let mut found = json!({ "adapter": {
        "name": info.name, "backend": info.backend.to_string(), "driver": info.driver,
        "driver_info": info.driver_info, "type": format!("{:?}", info.device_type),
    } });
    let mut code = 0;
    if wish.checks {
        let (all_right, checks) = check((window, shared), gpu, out)?;
        found["checks"] = checks;
        code = if all_right { 0 } else { FAILED };
    }
    if wish.bench {
        let (all_measured, costs) = measure(&wish, (window, shared), gpu, out)?;
        found["costs"] = costs;
        code = if all_measured { code } else { FAILED };
        if info.device_type == DeviceType::Cpu {
            writeln!(out, "These are figures of a software GPU: they say nothing of a real one.")?;
        }
    }
    if let Some(file) = wish.json {
        std::fs::write(file, format!("{found:#}\n"))?;
    }
    Ok(code)
}

/// A device as a window has it, the same to compose on, and one to compose on alone.
type Opened = (Window, Arc<Gpu>, Arc<Gpu>);

fn open() -> Result<Opened, String> {
    let gpu = Gpu::open().map_err(|error| error.to_string())?;
    let window = Window::open(Limits::default())?;
    let shared = window.gpu().map_err(|error| error.to_string())?;
    Ok((window, shared, Arc::new(gpu)))
}

fn write_adapter(info: &AdapterInfo, out: &mut dyn Write) -> io::Result<()> {
    let AdapterInfo { name, backend, driver, driver_info, device_type, .. } = info;
    writeln!(out, "{name}: {device_type:?}, {backend}, {driver} {driver_info}")?;
    out.flush()
}

/// Makes every check, and says whether all is right.
fn check(
    (window, shared): (&Window, &Arc<Gpu>),
    gpu: &Arc<Gpu>,
    out: &mut dyn Write,
) -> io::Result<(bool, Value)> {
    let alone = |(width, height): (u32, u32), prepared| {
        let compositor = GpuCompositor::new(width, height, prepared, Arc::clone(gpu));
        Box::new(compositor) as Box<dyn Compositor>
    };
    let in_textures = |size, prepared| {
        Box::new(ReadBack::new(size, prepared, window, shared)) as Box<dyn Compositor>
    };
    let reopen = || Gpu::open().map(Arc::new).map_err(|error| error.to_string());
    let checks: [(&str, &dyn Fn() -> Outcome); 8] = [
        ("any plan is drawn as the reference does", &|| {
            drawn_by(gpu, agreement::any_plan(&alone, 120))
        }),
        ("any plan in shared textures, too", &|| {
            drawn_by(shared, agreement::any_plan(&in_textures, 60))
        }),
        ("a creeping picture does not shimmer", &|| {
            drawn_by(gpu, agreement::creeping_picture(&alone))
        }),
        ("a picture comes two frames late, in order", &|| faults::two_frames_late(gpu)),
        ("a lost GPU costs no frame", &|| faults::lost(reopen()?, reopen()?)),
        ("a GPU that is too slow costs no frame", &|| faults::too_slow(gpu)),
        ("a busy GPU costs no frame and holds nobody up", &|| faults::stalled(window)),
        ("shared textures that are held are not drawn on", &|| {
            textures::held_are_not_drawn_on(window, shared)
        }),
    ];
    let (mut all_right, mut found) = (true, json!({}));
    for (name, check) in checks {
        let began = clock::now();
        let outcome = caught(check);
        let seconds = began.elapsed().as_secs_f64();
        let (verdict, said) = match outcome {
            Ok(Report { said, was_tried: true }) => ("ok", said),
            Ok(Report { said, was_tried: false }) => ("untried", said),
            Err(said) => ("FAILED", said),
        };
        all_right &= verdict != "FAILED";
        writeln!(out, "{verdict:7} {name}: {said} ({seconds:.1} s)")?;
        out.flush()?;
        found[name] = json!({ "verdict": verdict, "said": said });
    }
    Ok((all_right, found))
}

/// What was drawn must be the GPU's.
fn drawn_by(gpu: &Gpu, outcome: Outcome) -> Outcome {
    if gpu.is_lost() { Err(format!("the GPU was lost; {outcome:?}")) } else { outcome }
}

/// What panics has failed, and the other checks are made all the same.
fn caught<T>(act: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(said.unwrap_or("a panic").to_owned())
    })
}

/// Measures what was asked for, and says whether all of it could be.
fn measure(
    wish: &Wish,
    window: (&Window, &Arc<Gpu>),
    gpu: &Arc<Gpu>,
    out: &mut dyn Write,
) -> io::Result<(bool, Value)> {
    let mut measured: Vec<Costs> = Vec::new();
    let mut all_measured = true;
    for job in wish.jobs() {
        match caught(|| bench::run(window, gpu, job, wish.length)) {
            Ok(costs) => {
                costs.print(out)?;
                measured.push(costs);
            }
            Err(error) => {
                all_measured = false;
                let (scene, (width, height)) = job;
                let is_lost = window.1.is_lost() || gpu.is_lost();
                let lost = if is_lost { "; the GPU is lost" } else { "" };
                writeln!(out, "\n{} {width}x{height}: FAILED: {error}{lost}", scene.name())?;
            }
        }
    }
    writeln!(out, "\nThe promise: {}", bench::PROMISE)?;
    for costs in &measured {
        let (width, height) = costs.size;
        let size = format!("{width}x{height}");
        writeln!(out, "  {:8} {size:>9}: {}", costs.scene, costs.verdict())?;
    }
    Ok((all_measured, measured.iter().map(Costs::json).collect()))
}
