//! A live stream of FLV, in pieces of any size, damaged in any way.

use media::source::live::{FlvCodec, FlvItem, FlvReader, NoFlv};
use proptest::prelude::*;

/// A tag with its back pointer.
fn tag(kind: u8, millis: u32, body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len()).unwrap().to_be_bytes();
    let time = millis.to_be_bytes();
    let mut tag = vec![kind];
    tag.extend_from_slice(&size[1..]);
    tag.extend_from_slice(&time[1..]);
    tag.extend_from_slice(&[time[0], 0, 0, 0]);
    tag.extend_from_slice(body);
    tag.extend_from_slice(&u32::try_from(11 + body.len()).unwrap().to_be_bytes());
    tag
}

fn header() -> Vec<u8> {
    b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00".to_vec()
}

fn data(codec: FlvCodec, dts: u32, composition: i32, keyframe: bool, data: &[u8]) -> FlvItem {
    FlvItem::Data { codec, dts, composition, keyframe, data: data.to_vec() }
}

/// A stream of all that is known, and what is in it.
fn stream() -> (Vec<u8>, Vec<FlvItem>) {
    let tags = [
        tag(18, 0, b"\x02\x00\x0aonMetaData"),
        tag(9, 0, &[0x17, 0, 0, 0, 0, 1, 2, 3]),
        tag(8, 0, &[0xaf, 0, 0x11, 0x90]),
        tag(9, 0xffff_ffff, &[0x17, 1, 0, 0, 80, 9, 9]),
        tag(9, 40, &[0x27, 1, 0xff, 0xff, 0xd8, 8]),
        tag(8, 21, &[0xaf, 1, 7, 7]),
        // The end of a sequence, an empty block, a tag of a kind that is not known.
        tag(9, 50, &[0x17, 2, 0, 0, 0]),
        tag(8, 50, &[0xaf]),
        tag(5, 50, &[1, 2, 3]),
        tag(8, 60, &[0x2f, 0xff, 0xfb]),
        // Enhanced RTMP: H.265 with a composition time and without, AV1, and one that is not known.
        tag(9, 70, &[0x90, b'h', b'v', b'c', b'1', 5]),
        tag(9, 80, &[0x91, b'h', b'v', b'c', b'1', 0, 0, 40, 6]),
        tag(9, 90, &[0xa3, b'h', b'v', b'c', b'1', 6, 6]),
        tag(9, 100, &[0x91, b'a', b'v', b'0', b'1', 4]),
        tag(9, 110, &[0x91, b'v', b'p', b'0', b'9', 4]),
        tag(9, 120, &[0x12, 1, 2, 3]),
    ];
    let items = vec![
        FlvItem::Setup(FlvCodec::H264, vec![1, 2, 3]),
        FlvItem::Setup(FlvCodec::Aac, vec![0x11, 0x90]),
        data(FlvCodec::H264, 0xffff_ffff, 80, true, &[9, 9]),
        data(FlvCodec::H264, 40, -40, false, &[8]),
        data(FlvCodec::Aac, 21, 0, true, &[7, 7]),
        data(FlvCodec::Mp3, 60, 0, true, &[0xff, 0xfb]),
        FlvItem::Setup(FlvCodec::H265, vec![5]),
        data(FlvCodec::H265, 80, 40, true, &[6]),
        data(FlvCodec::H265, 90, 0, false, &[6, 6]),
        data(FlvCodec::Av1, 100, 0, true, &[4]),
        FlvItem::Unknown("vp09".to_owned()),
        FlvItem::Unknown("2".to_owned()),
    ];
    ([header(), tags.concat()].concat(), items)
}

proptest! {
    #[test]
    fn pieces_of_any_size_are_read_alike(cuts in prop::collection::vec(1_usize..40, 1..60)) {
        let (bytes, wanted) = stream();
        let (mut reader, mut items) = (FlvReader::default(), Vec::new());
        let (mut rest, mut sizes) = (bytes.as_slice(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            prop_assert_eq!(reader.push(piece, &mut items), Ok(()));
            rest = after;
        }
        prop_assert_eq!(items, wanted);
    }

    /// Nothing ends it, and it makes no more of its input than there is.
    #[test]
    fn damage_of_any_kind_ends_nothing(
        damage in prop::collection::vec((13_usize..400, any::<u8>()), 0..20),
        noise in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let (mut bytes, _) = stream();
        for (at, byte) in damage {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        bytes.extend(noise);
        let (mut reader, mut items) = (FlvReader::default(), Vec::new());
        prop_assert_eq!(reader.push(&bytes, &mut items), Ok(()));
        let taken: usize = items.iter().map(|item| match item {
            FlvItem::Setup(_, data) | FlvItem::Data { data, .. } => data.len(),
            FlvItem::Unknown(_) => 0,
        }).sum();
        prop_assert!(taken <= bytes.len());
    }
}

#[test]
fn what_is_no_flv_is_refused_by_its_first_byte() {
    let mut items = Vec::new();
    assert_eq!(FlvReader::default().push(b"<", &mut items), Err(NoFlv));
    assert_eq!(FlvReader::default().push(b"FLAC", &mut items), Err(NoFlv));
}
