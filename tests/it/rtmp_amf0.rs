//! AMF 0: every type comes back as it was written, and what is no AMF 0, or too much of it, is said with its place.

use proptest::prelude::*;
use rtmp::amf0::{self, Fault, MAX_DEPTH, MAX_VALUES, Properties, ReadError, Value};
use tests::allocations::peak_of;

fn written(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in values {
        amf0::write(value, &mut bytes);
    }
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<Value>, (usize, Fault)> {
    let read = amf0::read(bytes).map_err(|ReadError { at, fault }| (at, fault))?;
    assert_eq!(read.skipped, 0);
    Ok(read.values)
}

fn named(value: Value) -> Properties {
    vec![("a".to_owned(), value), (String::new(), Value::Null)]
}

#[test]
fn every_type_comes_back() {
    let values = [
        Value::Number(-1.5),
        Value::Boolean(true),
        Value::Boolean(false),
        Value::string("däß"),
        Value::string("long".repeat(20_000)),
        Value::Object(named(Value::Object(named(Value::Undefined)))),
        Value::Null,
        Value::Undefined,
        Value::Reference(7),
        Value::EcmaArray(named(Value::Number(f64::INFINITY))),
        Value::StrictArray(vec![Value::Null, Value::StrictArray(Vec::new())]),
        Value::Date { millis: 1.7e12, zone: -60 },
        Value::Unsupported,
        Value::Xml("<a/>".to_owned()),
        Value::TypedObject { class: "C".to_owned(), properties: named(Value::Boolean(true)) },
    ];
    let bytes = written(&values);
    assert_eq!(read(&bytes).unwrap(), values);
    // Each is cut anywhere: never a panic, and said where the bytes end or before.
    for end in (0..300).chain(bytes.len() - 300..bytes.len()) {
        if let Err((at, fault)) = read(&bytes[..end]) {
            assert_eq!(fault, Fault::Cut, "{end}");
            assert!(at <= end, "{at} of {end}");
        }
    }
}

#[test]
fn what_follows_a_value_of_unknown_length_is_left_out_and_what_was_before_stays() {
    // A movie clip, a record set, AMF 3, and numbers that mean nothing.
    for unknown in [0x04, 0x0e, 0x11, 0x12, 0xff, 0x09] {
        let object = Value::object([("code", Value::string("ok")), ("x", Value::Unknown(unknown))]);
        let bytes = [written(&[Value::string("onStatus"), object]), vec![1, 2, 3]].concat();
        let values = amf0::read(&bytes).unwrap();
        assert_eq!(values.values[0], Value::string("onStatus"));
        assert_eq!(values.values[1].get("code"), Some(&Value::string("ok")), "{unknown}");
        // The object's end, which was not met, and the three bytes.
        assert_eq!(values.skipped, 6, "{unknown}");
    }
}

#[test]
fn what_is_no_text_is_replaced_and_no_error() {
    assert_eq!(read(&[2, 0, 3, b'a', 0xff, b'b']).unwrap(), [Value::string("a\u{fffd}b")]);
}

#[test]
fn what_is_cut_is_said_with_its_place() {
    for (bytes, at) in [
        (&[0_u8, 1, 2][..], 1),
        (&[1], 1),
        (&[2, 0], 1),
        (&[2, 0, 9, b'a'], 3),
        (&[3, 0, 1, b'a'], 4),
        (&[3, 0, 1, b'a', 5], 5),
        (&[8, 0, 0], 1),
        (&[10, 0xff, 0xff, 0xff, 0xff, 5], 6),
        (&[12, 0x7f, 0xff, 0xff, 0xff, b'a'], 5),
        (&[16, 0, 1], 3),
    ] {
        assert_eq!(read(bytes), Err((at, Fault::Cut)), "{bytes:?}");
    }
}

#[test]
fn depth_and_number_have_a_limit() {
    let nested = |depth| {
        let mut value = Value::Null;
        for _ in 0..depth {
            value = Value::StrictArray(vec![value]);
        }
        written(&[value])
    };
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(read(&nested(MAX_DEPTH + 1)).unwrap_err().1, Fault::TooDeep);
    // Deeper than any stack.
    assert_eq!(read(&[10, 0, 0, 0, 1].repeat(1_000_000)).unwrap_err().1, Fault::TooDeep);
    assert_eq!(read(&[3, 0, 1, b'a'].repeat(1_000_000)).unwrap_err().1, Fault::TooDeep);
    assert_eq!(read(&vec![5; MAX_VALUES]).unwrap().len(), MAX_VALUES);
    assert_eq!(read(&vec![5; MAX_VALUES + 1]), Err((MAX_VALUES, Fault::TooMany)));
    let array = [&[10, 0, 0, 0x10, 0][..], &[5; 0x1000]].concat();
    assert_eq!(read(&array).unwrap_err().1, Fault::TooMany);
}

#[test]
fn a_name_that_is_too_long_to_be_written_is_cut_between_letters() {
    let object = Value::Object(vec![("ä".repeat(40_000), Value::Null)]);
    let Value::Object(back) = read(&written(&[object])).unwrap().remove(0) else { panic!() };
    assert_eq!(back[0].0, "ä".repeat(32_767));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (-1e9..1e9).prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean),
        ".{0,20}".prop_map(Value::String),
        Just(Value::Null),
        Just(Value::Undefined),
        Just(Value::Unsupported),
        any::<u16>().prop_map(Value::Reference),
        (0.0..1e13, any::<i16>()).prop_map(|(millis, zone)| Value::Date { millis, zone }),
        ".{0,20}".prop_map(Value::Xml),
    ];
    leaf.prop_recursive(6, 60, 5, |inner| {
        let properties = || prop::collection::vec((".{0,8}", inner.clone()), 0..5);
        prop_oneof![
            properties().prop_map(Value::Object),
            properties().prop_map(Value::EcmaArray),
            (".{0,8}", properties())
                .prop_map(|(class, properties)| Value::TypedObject { class, properties }),
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::StrictArray),
        ]
    })
}

/// Bytes that look like AMF 0 more often than chance has it.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => 0..0x12_u8, 2 => Just(0), 1 => any::<u8>()];
    prop::collection::vec(byte, 0..2_000)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_values_come_back(values in prop::collection::vec(any_value(), 0..6)) {
        prop_assert_eq!(read(&written(&values)).unwrap(), values);
    }

    #[test]
    fn any_bytes_are_values_or_say_why_and_take_little_memory(bytes in likely_bytes()) {
        let (read, peak) = peak_of(|| amf0::read(&bytes));
        if let Err(error) = read {
            prop_assert!(error.at <= bytes.len());
        }
        prop_assert!(peak <= amf0::MAX_MEMORY as u64, "{} bytes", peak);
    }
}

#[test]
fn the_longest_message_takes_no_more_memory_than_is_said() {
    let worst: [Vec<u8>; 4] = [
        // Nothing but bytes that are no text.
        [vec![12, 0, 0, 0xff, 0xf0], vec![0xff; 0xfff0]].concat(),
        vec![5; 64 << 10],
        [0, 0, 5].repeat(20_000),
        [
            [3].to_vec(),
            [0, 60].iter().copied().chain([0xff; 60]).chain([5]).collect::<Vec<_>>().repeat(1_000),
        ]
        .concat(),
    ];
    for bytes in worst {
        let (_, peak) = peak_of(|| amf0::read(&bytes));
        assert!(peak <= amf0::MAX_MEMORY as u64, "{peak} bytes");
    }
}
