//! What a source's pictures are, in words.

use crate::source_look::PictureLook;
use crate::translations::Translations;

/// All that is known, for a hint.
pub fn hint(picture: PictureLook, words: &Translations) -> String {
    let PictureLook { size: (width, height), rate_hundredths, has_fields, beyond } = picture;
    let size = format!("{width} × {height}");
    let mut said = match rate_hundredths {
        0 => size,
        rate => words.with_two("source-format", ("size", &size), ("rate", &hundredths(rate))),
    };
    if has_fields {
        said = words.with("source-fields", "format", said);
    }
    if let Some(name) = beyond {
        said = words.with_two("source-beyond", ("format", &said), ("name", name));
    }
    said
}

/// `25`, `29.97`.
fn hundredths(rate: u32) -> String {
    let text = format!("{}.{:02}", rate / 100, rate % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
