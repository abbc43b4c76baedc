//! Commands and data (RTMP 7.1.1, 7.1.2): a name and values.

use crate::amf0::{self, Value};
use crate::ignored::{Ignored, MAX_NAME};
use crate::refusal::cut;
use crate::{Message, kind};

/// A command.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub name: String,
    /// The number by which its answer refers to it; 0 if none is expected.
    pub transaction: f64,
    /// What follows: a command object, mostly null, and arguments.
    pub values: Vec<Value>,
}

impl Command {
    /// Reads one.
    pub fn read(message: &Message) -> Result<Self, Ignored> {
        let mut values = values(message)?.into_iter();
        let Some(Value::String(name)) = values.next() else { return Err(Ignored::Nameless) };
        // A command of fewer values is one without arguments.
        let transaction = values.next().and_then(|value| value.as_number()).unwrap_or_default();
        Ok(Self { name, transaction, values: values.collect() })
    }

    /// The object that says how it went: the last one of the values.
    pub fn information(&self) -> Option<&Value> {
        self.values.iter().rev().find(|value| value.properties().is_some())
    }

    /// The argument of this number, counted behind the command object.
    pub fn argument(&self, index: usize) -> Option<&Value> {
        self.values.get(index + 1)
    }

    /// That it is left out.
    pub fn ignored(&self) -> Ignored {
        Ignored::Command(cut(&self.name, MAX_NAME))
    }
}

/// The values of a command or of data.
pub fn values(message: &Message) -> Result<Vec<Value>, Ignored> {
    let payload = match (message.kind, message.payload.split_first()) {
        // The first byte says that AMF 0 follows; AMF 3 begins only within a value.
        (kind::COMMAND_AMF3 | kind::DATA_AMF3, Some((0, rest))) => rest,
        _ => &message.payload,
    };
    let read = amf0::read(payload);
    Ok(read.map_err(|error| Ignored::Malformed { kind: message.kind, error })?.values)
}

/// The payload of a command.
pub fn payload(name: &str, transaction: f64, values: &[Value]) -> Vec<u8> {
    let mut payload = Vec::new();
    amf0::write(&Value::string(name), &mut payload);
    amf0::write(&Value::Number(transaction), &mut payload);
    for value in values {
        amf0::write(value, &mut payload);
    }
    payload
}
