//! The eight ways to turn a picture, and the matrices that say them.

use gstreamer_video as gst_video;

/// How a picture is turned before it is shown.
pub type Turn = gst_video::VideoOrientationMethod;

/// Where pixels go: `x' = a x + c y`, `y' = b x + d y`, with y downwards.
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
}

impl Matrix {
    /// This, and then another.
    pub fn then(self, next: Self) -> Self {
        Self {
            a: self.a * next.a + self.b * next.c,
            b: self.a * next.b + self.b * next.d,
            c: self.c * next.a + self.d * next.c,
            d: self.c * next.b + self.d * next.d,
        }
    }

    /// The one of the eight that is nearest. A matrix of zeros is a damaged header, and turns nothing.
    pub fn turn(self) -> Turn {
        let Self { a, b, c, d } = self;
        if a.abs() + d.abs() >= b.abs() + c.abs() {
            match (a < 0.0, d < 0.0) {
                (false, false) => Turn::Identity,
                (true, false) => Turn::Horiz,
                (false, true) => Turn::Vert,
                (true, true) => Turn::_180,
            }
        } else {
            match (b < 0.0, c < 0.0) {
                (false, true) => Turn::_90r,
                (true, false) => Turn::_90l,
                (false, false) => Turn::UlLr,
                (true, true) => Turn::UrLl,
            }
        }
    }
}
