//! Exit codes of the program.

/// Success.
pub const DONE: u8 = 0;
/// The show or the arguments are wrong.
pub const WRONG: u8 = 1;
/// An output lost data.
pub const LOST: u8 = 2;
/// The machine lacks something.
pub const LACKS: u8 = 3;
