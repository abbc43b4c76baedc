//! Writes values of AMF0.

use super::{Properties, Value, marker};

/// Writes a value behind what is there. A name or a class of more than 65,535 bytes is cut, since a longer one
/// cannot be written (AMF0 1.3.1).
pub fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Number(number) => {
            out.push(marker::NUMBER);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Boolean(is) => out.extend_from_slice(&[marker::BOOLEAN, u8::from(*is)]),
        Value::String(text) if text.len() <= usize::from(u16::MAX) => {
            out.push(marker::STRING);
            write_name(text, out);
        }
        Value::String(text) => {
            out.push(marker::LONG_STRING);
            write_long(text, out);
        }
        Value::Object(properties) => {
            out.push(marker::OBJECT);
            write_properties(properties, out);
        }
        Value::Null => out.push(marker::NULL),
        Value::Undefined => out.push(marker::UNDEFINED),
        Value::Reference(number) => {
            out.push(marker::REFERENCE);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::EcmaArray(properties) => {
            out.push(marker::ECMA_ARRAY);
            out.extend_from_slice(&(properties.len() as u32).to_be_bytes());
            write_properties(properties, out);
        }
        Value::StrictArray(elements) => {
            out.push(marker::STRICT_ARRAY);
            out.extend_from_slice(&(elements.len() as u32).to_be_bytes());
            for element in elements {
                write(element, out);
            }
        }
        Value::Date { millis, zone } => {
            out.push(marker::DATE);
            out.extend_from_slice(&millis.to_be_bytes());
            out.extend_from_slice(&zone.to_be_bytes());
        }
        Value::Unsupported => out.push(marker::UNSUPPORTED),
        Value::Xml(text) => {
            out.push(marker::XML);
            write_long(text, out);
        }
        Value::TypedObject { class, properties } => {
            out.push(marker::TYPED_OBJECT);
            write_name(class, out);
            write_properties(properties, out);
        }
        // What it holds is not known; its reader ends at it as ours did.
        Value::Unknown(kind) => out.push(*kind),
    }
}

fn write_properties(properties: &Properties, out: &mut Vec<u8>) {
    for (name, value) in properties {
        write_name(name, out);
        write(value, out);
    }
    out.extend_from_slice(&[0, 0, marker::OBJECT_END]);
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    let name = &name[..name.floor_char_boundary(usize::from(u16::MAX))];
    out.extend_from_slice(&(name.len() as u16).to_be_bytes());
    out.extend_from_slice(name.as_bytes());
}

fn write_long(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}
