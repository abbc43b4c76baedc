//! Collects what is wrong with a show.

use std::fmt;

use crate::{Fault, Place};

/// Collects faults, so that one look at a show finds all of them.
#[derive(Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// What was found, in order.
    pub fn into_list(self) -> Vec<Fault> {
        self.0
    }

    /// Adds a fault.
    pub fn add(
        &mut self,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (message, remedy) = (message.into(), remedy.into());
        self.0.push(Fault { place, code, message, remedy, range: None });
    }

    /// Adds a fault if a value is out of its range.
    pub fn range<T: PartialOrd + fmt::Display>(
        &mut self,
        place: Place,
        value: T,
        range: std::ops::RangeInclusive<T>,
    ) {
        if !range.contains(&value) {
            let (low, high) = (range.start(), range.end());
            let remedy = format!("Choose a value from {low} to {high}");
            self.add(place, "out_of_range", format!("{value} is out of range"), remedy);
            if let Some(fault) = self.0.last_mut() {
                fault.range = Some((low.to_string(), high.to_string()));
            }
        }
    }

    /// Adds a fault if a name is empty or too long.
    pub fn name(&mut self, place: Place, name: &str) {
        if name.trim().is_empty() || name.chars().count() > 100 {
            let remedy = "Give it a name of 1 to 100 characters";
            self.add(place, "bad_name", "the name is empty or too long", remedy);
        }
    }

    /// Adds a fault for what is referred to and does not exist.
    pub fn missing(&mut self, place: Place, id: impl fmt::Display) {
        let remedy = "Add it, or choose another";
        self.add(place, "not_found", format!("{id} does not exist"), remedy);
    }
}
