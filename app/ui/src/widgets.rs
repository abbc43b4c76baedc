//! The widgets all panels are made of: each part of the desk's appearance is drawn in one place, here.

pub mod button;
pub mod card;
pub mod fader;
pub mod field;
pub mod focus;
pub mod form;
pub mod gear;
pub mod list;
pub mod list_item;
pub mod overflow;
pub mod section;
pub mod space;
pub mod text;
