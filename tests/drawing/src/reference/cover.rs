//! How much of each sample's square a pane's picture and border take.

use show::Pane;

use super::{Span, Windows};

/// The areas of a pane, in luma pixels.
pub struct Cover {
    outer: Round,
    inner: Round,
    picture: Round,
    border_alpha: f64,
    opacity: f64,
}

#[derive(Clone, Copy)]
struct Round {
    spans: [Span; 2],
    radius: f64,
}

impl Cover {
    /// Of a pane; a flat colour fills it whole.
    pub fn new(pane: &Pane, windows: &Windows, is_flat: bool, lines: usize) -> Self {
        let lines = lines as f64;
        let spans = windows.pane;
        let least = spans[0].1.min(spans[1].1) / 2.0;
        let radius = (pane.corner * lines).min(least);
        let alpha = pane.border.map_or(0.0, |border| f64::from(border.colour.a) / 255.0);
        let border = pane.border.map_or(0.0, |border| border.width * lines);
        let (bx, by) = (border.min(spans[0].1 / 2.0), border.min(spans[1].1 / 2.0));
        let inside =
            [(spans[0].0 + bx, spans[0].1 - 2.0 * bx), (spans[1].0 + by, spans[1].1 - 2.0 * by)];
        let picture = if is_flat { spans } else { windows.to };
        Self {
            outer: Round { spans, radius },
            inner: Round { spans: inside, radius: (radius - border).max(0.0) },
            picture: Round { spans: picture, radius: 0.0 },
            border_alpha: alpha,
            opacity: pane.opacity,
        }
    }

    /// The shares of picture and border in each sample of a plane.
    pub fn plane(&self, (wide, high): (usize, usize), plane: usize) -> Vec<(f32, f32)> {
        let size = if plane == 0 { 1.0 } else { 2.0 };
        let share = |index: usize| {
            self.square((index % wide) as f64 * size, (index / wide) as f64 * size, size)
        };
        (0..wide * high).map(share).collect()
    }

    /// The square is cut at all vertical edges, then into strips; down, each strip is exact.
    fn square(&self, x: f64, y: f64, size: f64) -> (f32, f32) {
        let all = [self.outer, self.inner, self.picture];
        let mut cuts = vec![x, x + size];
        for Round { spans: [(start, length), _], .. } in all {
            cuts.extend(
                [start, start + length].into_iter().filter(|cut| x < *cut && *cut < x + size),
            );
        }
        cuts.sort_by(f64::total_cmp);
        let round = all.iter().any(|round| round.radius > 0.0 && round.is_near(x, y, size));
        let strips = if round { 32 } else { 1 };
        let (mut picture, mut border) = (0.0, 0.0);
        for pair in cuts.windows(2) {
            let width = (pair[1] - pair[0]) / f64::from(strips);
            for strip in 0..strips {
                let at = pair[0] + width * (f64::from(strip) + 0.5);
                let [outer, inner, own] = all.map(|round| round.reach(at, (y, y + size)));
                let inner = meet(inner, outer);
                let (whole, free) = (length(meet(own, outer)), length(meet(own, inner)));
                let ring = length(outer) - length(inner);
                picture += width * (free + (whole - free) * (1.0 - self.border_alpha));
                border += width * ring * self.border_alpha;
            }
        }
        let area = size * size / self.opacity.max(1e-12);
        ((picture / area) as f32, (border / area) as f32)
    }
}

impl Round {
    fn is_near(&self, x: f64, y: f64, size: f64) -> bool {
        let radius = self.radius;
        let [across, down] =
            self.spans.map(|(start, length)| (start + radius, start + length - radius));
        (x < across.0 || x + size > across.1) && (y < down.0 || y + size > down.1)
    }

    /// The part of a vertical line that is inside, within a part of it.
    fn reach(&self, x: f64, part: (f64, f64)) -> (f64, f64) {
        let [(left, width), (top, height)] = self.spans;
        if x < left || x > left + width {
            return (0.0, 0.0);
        }
        let radius = self.radius;
        let away = (left + radius - x).max(x - (left + width - radius)).clamp(0.0, radius);
        let inset = radius - (radius * radius - away * away).sqrt();
        meet((top + inset, top + height - inset), part)
    }
}

fn meet(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.max(b.0), a.1.min(b.1))
}

fn length((start, end): (f64, f64)) -> f64 {
    (end - start).max(0.0)
}
