//! Reasons, as words of the desk.

/// Why something does not work, in whatever language the desk speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The key of its words.
    pub key: &'static str,
    /// What is put into them, by name.
    pub values: Vec<(&'static str, String)>,
}

impl Reason {
    /// The words of a key, with these values in them.
    pub fn new<const N: usize>(key: &'static str, values: [(&'static str, String); N]) -> Self {
        Self { key, values: values.to_vec() }
    }
}
