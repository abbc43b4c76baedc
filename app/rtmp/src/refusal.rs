//! How a server says no (RTMP 7.2.1.1, 7.2.2): by an error or a status with a code.

use crate::amf0::Value;

/// What a server refused, or ended later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The connection to its application.
    Connect,
    /// A stream in it.
    CreateStream,
    /// The stream's key.
    Publish,
    /// A stream that was being published.
    Stream,
}

/// A server's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What it refused.
    pub step: Step,
    /// Its name, such as `NetStream.Publish.BadName`; empty if it has none. Letters, digits, dots and such, at most
    /// 64 of them.
    pub code: String,
    /// Its explanation, which may quote a stream key; at most 2,048 bytes.
    pub description: String,
    /// Where the server sends the client instead, at most 2,048 bytes.
    pub redirect: Option<String>,
}

/// The most bytes of a code that are kept.
pub const MAX_CODE: usize = 64;
/// The most bytes of a description or of a redirect that are kept.
pub const MAX_DESCRIPTION: usize = 2_048;

impl Refusal {
    /// From the information of an error or a status, if there is any.
    pub(crate) fn new(step: Step, information: Option<&Value>) -> Self {
        let of = |name| information.and_then(|it| it.get(name)).and_then(Value::as_str);
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || "._-".contains(*letter);
        let code = of("code").unwrap_or_default().chars().filter(is_plain).take(MAX_CODE);
        let redirect = information.and_then(|it| it.get("ex")).filter(|it| is_redirect(it));
        let redirect = redirect.and_then(|it| it.get("redirect")).and_then(Value::as_str);
        Self {
            step,
            code: code.collect(),
            description: cut(of("description").unwrap_or_default(), MAX_DESCRIPTION),
            redirect: redirect.map(|url| cut(url, MAX_DESCRIPTION)),
        }
    }
}

/// HTTP's code for it, as a number or a string.
fn is_redirect(ex: &Value) -> bool {
    match ex.get("code") {
        Some(Value::String(code)) => code == "302",
        code => code.and_then(Value::as_number) == Some(302.0),
    }
}

/// The beginning of a text, at most so many bytes.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text[..text.floor_char_boundary(most)].to_owned()
}
