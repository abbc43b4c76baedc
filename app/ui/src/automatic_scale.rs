//! The size of everything in a new window, chosen from the screen until the operator chooses one.

use egui::{Context, Vec2, ViewportCommand, vec2};

use crate::commands;

/// What a screen is to have left, in points: the size at which the desk has room for all it has.
const ROOMY: Vec2 = vec2(1_920.0, 1_080.0);
/// What a new window has at least, in points.
const WINDOW: Vec2 = vec2(1_280.0, 720.0);
/// Sizes in points are divided by a scale, and rounded.
const ROUNDING: f32 = 1.0;

/// Chooses the scale of a new window.
#[derive(Clone, Copy, Debug)]
pub enum AutomaticScale {
    /// The screen is not known yet.
    Waiting,
    /// This scale was chosen; the window may have to grow by it.
    Chosen(u32),
    /// Nothing is left to do, or the operator has chosen.
    Done,
}

impl AutomaticScale {
    /// Follows the window for a frame; yields the scale to draw in from the next one on, in percent, once.
    pub fn follow(&mut self, context: &Context) -> Option<u32> {
        match *self {
            Self::Waiting => {
                let screen = context.input(|input| input.viewport().monitor_size)?;
                let percent = scale_for(screen * context.zoom_factor());
                *self = Self::Chosen(percent);
                Some(percent)
            }
            Self::Chosen(percent) => {
                let is_drawn = (context.zoom_factor() - percent as f32 / 100.0).abs() < 0.001;
                if is_drawn {
                    let window = context.content_rect().size();
                    if !is_room(window, WINDOW) {
                        let size = ViewportCommand::InnerSize(window.max(WINDOW));
                        context.send_viewport_cmd(size);
                    }
                    *self = Self::Done;
                }
                None
            }
            Self::Done => None,
        }
    }
}

/// The scale for a screen that has this many points at 100 %: the largest that leaves room for all.
pub fn scale_for(screen: Vec2) -> u32 {
    let leaves_room = |percent: &u32| is_room(screen * 100.0 / *percent as f32, ROOMY);
    commands::SCALES.into_iter().rev().find(leaves_room).unwrap_or(100)
}

fn is_room(size: Vec2, least: Vec2) -> bool {
    size.x + ROUNDING >= least.x && size.y + ROUNDING >= least.y
}
