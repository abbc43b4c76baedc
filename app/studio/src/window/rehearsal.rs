//! Makes the window fail on purpose, to show that the programme is not affected.

use std::collections::VecDeque;

use anyhow::{Context, anyhow};
use ui::PanelKind;

use crate::duration;

/// The environment variable with the failures, each with its time after the start: for example
/// `8s stall 2s, 12s panic, 14s panel mixer`. Times are written as on the command line.
pub const VARIABLE: &str = "DOWNSTAGE_REHEARSE";

/// A failure to cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectedFault {
    /// The window's thread stalls for this many milliseconds.
    Stall(u64),
    /// The drawing of the window panics.
    Panic,
    /// A panel panics.
    Panel(PanelKind),
}

/// The failures still to come, each with its milliseconds after the start, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultSchedule(VecDeque<(u64, InjectedFault)>);

impl FaultSchedule {
    /// Parses [`VARIABLE`]; empty if it is not set.
    ///
    /// # Errors
    /// The text cannot be parsed; with the wrong part.
    pub fn from_env() -> anyhow::Result<Self> {
        let Some(text) = std::env::var_os(VARIABLE) else { return Ok(Self::default()) };
        let text = text.into_string().map_err(|_| anyhow!("{VARIABLE} is not UTF-8"))?;
        Self::read(&text).with_context(|| format!("{VARIABLE} cannot be read"))
    }

    /// Parses `8s stall 2s, 12s panic, 14s panel mixer`.
    ///
    /// # Errors
    /// The text cannot be parsed; with the wrong part.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let mut all = parts.map(parse_part).collect::<anyhow::Result<Vec<_>>>()?;
        all.sort_by_key(|(at, _)| *at);
        Ok(Self(all.into()))
    }

    /// Takes the next failure if it is due, this many nanoseconds after the start.
    pub fn next(&mut self, now: u64) -> Option<InjectedFault> {
        let (at, _) = self.0.front()?;
        if at * 1_000_000 > now {
            return None;
        }
        self.0.pop_front().map(|(_, fault)| fault)
    }
}

fn parse_part(text: &str) -> anyhow::Result<(u64, InjectedFault)> {
    let wrong = || {
        anyhow!(
            "\"{text}\": write a time and one of stall TIME, panic, panel NAME, as in 8s stall 2s"
        )
    };
    let mut words = text.split_whitespace();
    let at = duration::millis(words.next().unwrap_or_default()).map_err(anyhow::Error::msg)?;
    let fault = match (words.next(), words.next(), words.next()) {
        (Some("stall"), Some(length), None) => {
            InjectedFault::Stall(duration::millis(length).map_err(anyhow::Error::msg)?)
        }
        (Some("panic"), None, None) => InjectedFault::Panic,
        (Some("panel"), Some(name), None) => {
            let named = PanelKind::ALL.into_iter().find(|part| part.key() == name);
            InjectedFault::Panel(named.ok_or_else(|| {
                let names = PanelKind::ALL.map(PanelKind::key).join(", ");
                anyhow!("\"{text}\": there is no panel {name}; there are {names}")
            })?)
        }
        _ => return Err(wrong()),
    };
    Ok((at, fault))
}
