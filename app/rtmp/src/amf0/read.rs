//! Reads values of AMF0, with limits on their depth and number.

use super::{MAX_DEPTH, MAX_VALUES, Properties, Value, marker};

/// The values of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Those that could be read; the last one is [`Value::Unknown`] if reading ended early.
    pub values: Vec<Value>,
    /// How many bytes were not read, behind a value whose length nobody knows.
    pub skipped: usize,
}

/// Bytes that are no AMF0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {fault}")]
pub struct ReadError {
    /// Where, counted from the message's first byte.
    pub at: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The message ends in the middle of a value.
    #[error("the message ends in the middle of a value")]
    Cut,
    /// Objects and arrays lie deeper in each other than is allowed.
    #[error("more than {MAX_DEPTH} objects lie in each other")]
    TooDeep,
    /// There are more values than are allowed.
    #[error("more than {MAX_VALUES} values")]
    TooMany,
}

/// Reads all values of a message.
///
/// # Errors
/// [`ReadError`] says where it is cut off or goes beyond a limit.
pub fn read(bytes: &[u8]) -> Result<Values, ReadError> {
    let mut reader = Reader { bytes, at: 0, count: 0, ended: false };
    let mut values = Vec::new();
    while reader.at < bytes.len() && !reader.ended {
        values.push(reader.value(0)?);
    }
    Ok(Values { values, skipped: bytes.len() - reader.at })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    count: usize,
    /// A value was met whose length nobody knows.
    ended: bool,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, ReadError> {
        self.count += 1;
        if self.count > MAX_VALUES {
            return Err(self.error(Fault::TooMany));
        }
        if depth > MAX_DEPTH {
            return Err(self.error(Fault::TooDeep));
        }
        let [kind] = self.take()?;
        Ok(match kind {
            marker::NUMBER => Value::Number(f64::from_be_bytes(self.take()?)),
            marker::BOOLEAN => Value::Boolean(self.take()? != [0]),
            marker::STRING => Value::String(self.short_text()?),
            marker::OBJECT => Value::Object(self.properties(depth)?),
            marker::NULL => Value::Null,
            marker::UNDEFINED => Value::Undefined,
            marker::REFERENCE => Value::Reference(u16::from_be_bytes(self.take()?)),
            marker::ECMA_ARRAY => {
                // The count is a hint: the end has a mark of its own (AMF0 2.10).
                let [_, _, _, _] = self.take()?;
                Value::EcmaArray(self.properties(depth)?)
            }
            marker::STRICT_ARRAY => Value::StrictArray(self.elements(depth)?),
            marker::DATE => {
                let millis = f64::from_be_bytes(self.take()?);
                Value::Date { millis, zone: i16::from_be_bytes(self.take()?) }
            }
            marker::LONG_STRING => Value::String(self.long_text()?),
            marker::UNSUPPORTED => Value::Unsupported,
            marker::XML => Value::Xml(self.long_text()?),
            marker::TYPED_OBJECT => {
                let class = self.short_text()?;
                Value::TypedObject { class, properties: self.properties(depth)? }
            }
            unknown => {
                self.ended = true;
                Value::Unknown(unknown)
            }
        })
    }

    fn properties(&mut self, depth: usize) -> Result<Properties, ReadError> {
        let mut properties = Properties::new();
        while !self.ended {
            let name = self.short_text()?;
            if name.is_empty() && self.bytes.get(self.at) == Some(&marker::OBJECT_END) {
                self.at += 1;
                break;
            }
            properties.push((name, self.value(depth + 1)?));
        }
        Ok(properties)
    }

    fn elements(&mut self, depth: usize) -> Result<Vec<Value>, ReadError> {
        let count = u32::from_be_bytes(self.take()?);
        let mut elements = Vec::new();
        for _ in 0..count {
            elements.push(self.value(depth + 1)?);
            if self.ended {
                break;
            }
        }
        Ok(elements)
    }

    fn short_text(&mut self) -> Result<String, ReadError> {
        let length = u16::from_be_bytes(self.take()?);
        self.text(length.into())
    }

    fn long_text(&mut self) -> Result<String, ReadError> {
        let length = u32::from_be_bytes(self.take()?);
        self.text(length as usize)
    }

    fn text(&mut self, length: usize) -> Result<String, ReadError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let text = rest.get(..length).ok_or(self.error(Fault::Cut))?;
        self.at += length;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = *rest.first_chunk().ok_or(self.error(Fault::Cut))?;
        self.at += N;
        Ok(taken)
    }

    fn error(&self, fault: Fault) -> ReadError {
        ReadError { at: self.at, fault }
    }
}
