//! The pieces all panels are made of. Each part of the desk's look is drawn in one place, here; panels
//! say what is in it.

pub mod button;
pub mod card;
pub mod fader;
pub mod field;
pub mod focus;
pub mod form;
pub mod list;
pub mod list_item;
pub mod section;
pub mod space;
pub mod text;
