//! Layout by cutting: a column gives rows from its top and bottom, a row pieces from its left and right.

use egui::{Align2, Rect, Ui, Vec2, pos2};

use crate::widgets::text::{Style, write};

/// A column whose rows are taken from the top and from the bottom.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    rest: Rect,
}

impl Column {
    /// All of `rect`, less `padding` on each side.
    pub fn new(rect: Rect, padding: Vec2) -> Self {
        Self { rest: rect.shrink2(padding) }
    }

    /// The next row from the top.
    pub fn row(&mut self, height: f32) -> Row {
        let Rect { min, max } = self.rest;
        self.rest.min.y = (min.y + height).min(max.y);
        Row { rest: Rect::from_min_max(min, pos2(max.x, self.rest.min.y)) }
    }

    /// The next row from the bottom.
    pub fn bottom_row(&mut self, height: f32) -> Row {
        let Rect { min, max } = self.rest;
        self.rest.max.y = (max.y - height).max(min.y);
        Row { rest: Rect::from_min_max(pos2(min.x, self.rest.max.y), max) }
    }

    /// What is left of it.
    pub fn rest(&self) -> Rect {
        self.rest
    }
}

/// A row whose pieces are taken from the left and from the right.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    rest: Rect,
}

impl Row {
    /// All of `rect`, less `padding` on each side.
    pub fn new(rect: Rect, padding: Vec2) -> Self {
        Self { rest: rect.shrink2(padding) }
    }

    /// The next piece from the left.
    pub fn left(&mut self, width: f32) -> Rect {
        let Rect { min, max } = self.rest;
        self.rest.min.x = (min.x + width).min(max.x);
        Rect::from_min_max(min, pos2(self.rest.min.x, max.y))
    }

    /// The next piece from the right.
    pub fn right(&mut self, width: f32) -> Rect {
        let Rect { min, max } = self.rest;
        self.rest.max.x = (max.x - width).max(min.x);
        Rect::from_min_max(pos2(self.rest.max.x, min.y), max)
    }

    /// All that is left, in this many equal pieces.
    pub fn split<const N: usize>(&self, gap: f32) -> [Rect; N] {
        let width = (self.rest.width() - gap * (N - 1) as f32) / N as f32;
        let mut row = *self;
        std::array::from_fn(|_| {
            let piece = row.left(width);
            row.left(gap);
            piece
        })
    }

    /// Writes at the left; what follows begins behind it.
    pub fn write(&mut self, ui: &Ui, text: &str, style: Style, gap: f32) {
        let written = write(ui, self.rest, Align2::LEFT_CENTER, text, style);
        self.rest.min.x = (written.right() + gap).min(self.rest.max.x);
    }

    /// Writes at the right; what follows ends before it.
    pub fn write_right(&mut self, ui: &Ui, text: &str, style: Style, gap: f32) {
        let written = write(ui, self.rest, Align2::RIGHT_CENTER, text, style);
        self.rest.max.x = (written.left() - gap).max(self.rest.min.x);
    }

    /// What is left of it.
    pub fn rest(&self) -> Rect {
        self.rest
    }

    /// How wide that is.
    pub fn width(&self) -> f32 {
        self.rest.width()
    }
}
