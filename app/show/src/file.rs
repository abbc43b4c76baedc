//! A show as bytes: one JSON file with a format version.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::Show;

/// The version this build writes. Each version that ever shipped still opens.
pub const VERSION: u64 = 1;

/// The largest show file: a larger one is refused before it is parsed.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Why bytes cannot be read as a show.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Too large.
    #[error("this file has {0} bytes, and a show file has at most {MAX_BYTES}: choose a show file")]
    TooLarge(usize),
    /// Not JSON.
    #[error("this is not a show file: {0}")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but without the version every show carries.
    #[error("this is JSON but not a show file: it has no number \"downstage\" with its version")]
    NotAShow,
    /// Written by a newer Downstage.
    #[error(
        "this show was saved by a newer Downstage (file version {found}, this one reads up to \
         {VERSION}): update Downstage, or save the show there in the older version"
    )]
    FromTheFuture {
        /// The file's version.
        found: u64,
    },
    /// The right version, but not the fields of a show.
    #[error("the show cannot be read: {0}")]
    Malformed(#[source] serde_json::Error),
}

#[derive(Serialize)]
struct Envelope<'a> {
    downstage: u64,
    show: &'a Show,
}

/// The bytes of a show file: pretty-printed JSON with a newline at its end.
pub fn encode(show: &Show) -> Vec<u8> {
    let envelope = Envelope { downstage: VERSION, show };
    // Writing plain data to a vector cannot fail; every map in a show has keys of text.
    let mut bytes = serde_json::to_vec_pretty(&envelope).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A show from the bytes of a file. It may have faults: see [`Show::check`].
///
/// # Errors
/// Any [`DecodeError`]; never a panic, whatever the bytes.
pub fn decode(bytes: &[u8]) -> Result<Show, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::TooLarge(bytes.len()));
    }
    let text = utf8(bytes);
    let mut value: Value = serde_json::from_slice(&text).map_err(DecodeError::NotJson)?;
    let found = value.get("downstage").and_then(Value::as_u64).ok_or(DecodeError::NotAShow)?;
    if found > VERSION {
        return Err(DecodeError::FromTheFuture { found });
    }
    let show = value.get_mut("show").map(Value::take).ok_or(DecodeError::NotAShow)?;
    serde_json::from_value(show).map_err(DecodeError::Malformed)
}

/// The text of a file as an editor may have written it: with a byte order mark, in UTF-8 or UTF-16. What is no
/// character becomes one that stands for it, and the reader says where.
fn utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        let text: String = char::decode_utf16(units).map(|it| it.unwrap_or('\u{fffd}')).collect();
        Cow::Owned(text.into_bytes())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => Cow::Borrowed(text),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        text => Cow::Borrowed(text),
    }
}

/// The JSON Schema of a show file, generated from the types.
#[cfg(feature = "schema")]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Show).to_value();
    let definitions = schema.get_mut("$defs").map(Value::take);
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Downstage show file",
        "type": "object",
        "required": ["downstage", "show"],
        "properties": { "downstage": { "const": VERSION }, "show": schema },
        "$defs": definitions,
    })
}
