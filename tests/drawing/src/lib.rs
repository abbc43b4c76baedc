//! Drawing, judged from outside: compositors against a slow, plain reference on plans nobody wrote by
//! hand, what is seen of a GPU that is late, lost or busy, and what a frame costs. The tests call it, and
//! so does `gpu-check`, which is carried to machines that have a GPU.

pub mod agreement;
pub mod bench;
pub mod busy;
pub mod case;
pub mod clock;
pub mod faults;
pub mod gpu_check;
pub mod pictures;
mod plans;
pub mod reference;
pub mod textures;
pub mod window;

/// What was seen, or what is wrong.
pub type Outcome = Result<Report, String>;

/// What was seen where nothing is wrong.
#[derive(Clone, Debug)]
pub struct Report {
    /// Figures of it.
    pub said: String,
    /// Whether this machine could be brought into the state that was to be judged.
    pub was_tried: bool,
}

impl From<String> for Report {
    fn from(said: String) -> Self {
        Self { said, was_tried: true }
    }
}
