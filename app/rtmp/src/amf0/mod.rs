//! Values of commands and metadata (AMF0, section 2).

mod read;
mod write;

pub use read::{Fault, ReadError, Values, read};
pub use write::write;

/// How deep objects and arrays may lie in each other.
pub const MAX_DEPTH: usize = 16;
/// How many values a message may have, those in objects and arrays with them.
pub const MAX_VALUES: usize = 1_024;
/// The most memory that reading one message of [`crate::Limits::command`] bytes takes: three bytes for each byte
/// that is no UTF-8, and the values themselves in vectors that are at most half empty.
pub const MAX_MEMORY: usize =
    3 * (64 << 10) + 2 * MAX_VALUES * size_of::<(String, Value)>() + (64 << 10);

/// The properties of an object, in order; a name may come twice.
pub type Properties = Vec<(String, Value)>;

/// A value (AMF0 2.1 to 2.18).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A string, short or long. What is no UTF-8 in it is replaced.
    String(String),
    /// An anonymous object.
    Object(Properties),
    /// Null.
    Null,
    /// Undefined.
    Undefined,
    /// The object of this number, counted from the beginning of the message. It is not looked up.
    Reference(u16),
    /// An array with names as keys.
    EcmaArray(Properties),
    /// An array of values.
    StrictArray(Vec<Self>),
    /// A time in milliseconds since 1970, with a time zone that the specification reserves.
    Date {
        /// Milliseconds since 1970, UTC.
        millis: f64,
        /// Reserved: should be 0.
        zone: i16,
    },
    /// A value that its sender could not write.
    Unsupported,
    /// An XML document.
    Xml(String),
    /// An object of a class.
    TypedObject {
        /// The name of its class.
        class: String,
        /// Its properties.
        properties: Properties,
    },
    /// A value of a type whose length nobody knows (a movie clip, a record set, AMF 3): reading ended here.
    Unknown(u8),
}

impl Value {
    /// A string.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// An object.
    pub fn object<const N: usize>(properties: [(&str, Self); N]) -> Self {
        Self::Object(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Xml(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The properties, if it has some.
    pub fn properties(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(properties)
            | Self::EcmaArray(properties)
            | Self::TypedObject { properties, .. } => Some(properties),
            _ => None,
        }
    }

    /// The property of this name, the last one where it comes twice.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let found = self.properties()?.iter().rev().find(|(other, _)| other == name);
        found.map(|(_, value)| value)
    }
}

/// The first byte of each type (AMF0 2.1).
mod marker {
    pub const NUMBER: u8 = 0x00;
    pub const BOOLEAN: u8 = 0x01;
    pub const STRING: u8 = 0x02;
    pub const OBJECT: u8 = 0x03;
    pub const NULL: u8 = 0x05;
    pub const UNDEFINED: u8 = 0x06;
    pub const REFERENCE: u8 = 0x07;
    pub const ECMA_ARRAY: u8 = 0x08;
    pub const OBJECT_END: u8 = 0x09;
    pub const STRICT_ARRAY: u8 = 0x0a;
    pub const DATE: u8 = 0x0b;
    pub const LONG_STRING: u8 = 0x0c;
    pub const UNSUPPORTED: u8 = 0x0d;
    pub const XML: u8 = 0x0f;
    pub const TYPED_OBJECT: u8 = 0x10;
}
