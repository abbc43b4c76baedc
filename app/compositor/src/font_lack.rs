//! What the installed fonts lack for a text.

/// The most letters that are named.
const NAMED: usize = 12;

/// What the installed fonts lack for a text, which is drawn as well as it can be: what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FontLack {
    /// No font has these letters: boxes are drawn for them.
    #[error(
        "no installed font has {letters}. Install one that does (the Noto fonts have nearly every script), or change the text"
    )]
    Letters {
        /// Some of the letters, each once.
        letters: String,
    },
    /// The text's font is not installed: another is used.
    #[error(
        "the font \"{family}\" is not installed, and another is used. Install it, or choose another"
    )]
    Family {
        /// Its name.
        family: String,
    },
}

/// Collects letters that no font has.
#[derive(Default)]
pub struct MissingLetters(Vec<char>);

impl MissingLetters {
    /// Adds the letters of a glyph that no font has.
    pub fn add(&mut self, cluster: &str) {
        for letter in cluster.chars().filter(|letter| !draws_nothing(*letter)) {
            if self.0.len() < NAMED && !self.0.contains(&letter) {
                self.0.push(letter);
            }
        }
    }

    /// What is said of them, each with its number, since the screen may not have them either.
    pub fn lack(&self) -> Option<FontLack> {
        let named = self.0.iter().map(|letter| format!("{letter} (U+{:04X})", u32::from(*letter)));
        let letters = named.collect::<Vec<_>>().join(", ");
        (!self.0.is_empty()).then_some(FontLack::Letters { letters })
    }
}

/// Whether a letter draws nothing where no font has it: controls, spaces, joiners, direction marks, selectors of
/// variations and tags (Unicode's `Default_Ignorable_Code_Point`, its assigned ranges).
fn draws_nothing(letter: char) -> bool {
    let ranges = [
        '\u{ad}'..='\u{ad}',
        '\u{34f}'..='\u{34f}',
        '\u{61c}'..='\u{61c}',
        '\u{115f}'..='\u{1160}',
        '\u{17b4}'..='\u{17b5}',
        '\u{180b}'..='\u{180f}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{3164}'..='\u{3164}',
        '\u{fe00}'..='\u{fe0f}',
        '\u{feff}'..='\u{feff}',
        '\u{ffa0}'..='\u{ffa0}',
        '\u{1bca0}'..='\u{1bca3}',
        '\u{1d173}'..='\u{1d17a}',
        '\u{e0000}'..='\u{e0fff}',
    ];
    letter.is_control()
        || letter.is_whitespace()
        || ranges.iter().any(|range| range.contains(&letter))
}
