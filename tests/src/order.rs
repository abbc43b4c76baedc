//! Whether the numbers of pictures follow each other. On a machine that is on time each is there once;
//! on one that is late some are there again, others are not, and the program says how many.

use media::pattern::NUMBERS;

use crate::canary::Fault;

/// What is to be seen of one pane: the number of each frame.
struct Pane {
    lap: u64,
    /// How often a picture was seen again.
    repeated: u64,
    /// How many pictures it is behind for that.
    behind: u64,
}

impl Pane {
    fn new(lap: Option<u64>) -> Self {
        Self { lap: lap.unwrap_or(NUMBERS), repeated: 0, behind: 0 }
    }

    /// Goes on by a frame. False: a number is missing for which none was seen again, or they go back.
    fn step(&mut self, before: u64, now: u64) -> bool {
        match (now + self.lap - before % self.lap) % self.lap {
            0 => {
                self.repeated += 1;
                self.behind += 1;
            }
            step if step - 1 <= self.behind => self.behind -= step - 1,
            _ => return false,
        }
        true
    }
}

/// From the first frame on which all panes can be read, every number of every pane is there once and in
/// order; a film of `lap` frames begins again. Yields how many frames that were.
///
/// # Errors
/// Numbers are missing or out of order; or pictures are seen again, which is no more than late as long
/// as the program itself says that it `repeated` as many.
pub fn every_number(
    frames: &[Vec<Option<u64>>],
    laps: &[Option<u64>],
    repeated: u64,
) -> Result<usize, Fault> {
    let whole = |frame: &&Vec<Option<u64>>| frame.iter().all(Option::is_some);
    let first = frames.iter().position(|frame| whole(&frame)).ok_or("no frame has all panes")?;
    let mut panes: Vec<Pane> = laps.iter().map(|lap| Pane::new(*lap)).collect();
    let mut late = None;
    for (at, pair) in (first + 1..).zip(frames[first..].windows(2)) {
        for (index, pane) in panes.iter_mut().enumerate() {
            let (Some(before), Some(now)) = (pair[0][index], pair[1][index]) else {
                return Err(Fault::Wrong(format!("frame {at}, pane {index}: {pair:?}")));
            };
            let said = || format!("frame {at}, pane {index}: {now} after {before}");
            if !pane.step(before, now) {
                return Err(Fault::Wrong(said()));
            }
            if now == before {
                late.get_or_insert_with(said);
            }
        }
    }
    let Some(late) = late else { return Ok(frames.len() - first) };
    let most = panes.iter().map(|pane| pane.repeated).max().unwrap_or(0);
    let said = format!("{late}; {most} seen again in all, and the program says {repeated}");
    Err(if most <= repeated { Fault::Late(said) } else { Fault::Wrong(said) })
}
