//! AAC in ADTS, in pieces of any size.

use media::source::live::{AdtsFrame, AdtsReader};
use proptest::prelude::*;

/// 1,024 samples of 48 kHz, in nanoseconds.
const FRAME: i64 = 21_333_333;
/// AAC LC, 48 kHz, two channels.
const SETUP: [u8; 2] = [0x11, 0x90];

/// A frame of AAC LC, 48 kHz, two channels, with this data.
fn frame(data: &[u8], checksum: bool) -> Vec<u8> {
    let begins = if checksum { 9 } else { 7 };
    let length = begins + data.len();
    let mut frame = vec![0xff, if checksum { 0xf0 } else { 0xf1 }, 0x4c];
    frame.push(0x80 | (length >> 11) as u8);
    frame.push((length >> 3) as u8);
    frame.push((length << 5) as u8 | 0x1f);
    frame.push(0xfc);
    frame.resize(begins, 0);
    frame.extend_from_slice(data);
    frame
}

fn wanted(number: i64, data: &[u8]) -> AdtsFrame {
    AdtsFrame { time: Some(5_000 + number * FRAME), setup: SETUP, data: data.to_vec() }
}

/// A frame is handed on as soon as it is whole, however short it is and however long others were.
#[test]
fn a_frame_of_silence_does_not_wait_for_another() {
    let (mut reader, mut frames) = (AdtsReader::default(), Vec::new());
    for number in 0..100 {
        let data = if number == 0 { vec![7; 700] } else { vec![1; 6] };
        let time = (number == 0).then_some(5_000);
        reader.push(&frame(&data, false), time, &mut frames);
        assert_eq!(frames.pop(), Some(wanted(number, &data)));
        assert_eq!(frames, []);
    }
}

/// A stamp is of the first frame that begins in its piece, not of the one that ends in it.
#[test]
fn a_stamp_belongs_to_the_first_frame_that_begins_in_its_piece() {
    let all = [frame(&[1; 20], false), frame(&[2; 20], true), frame(&[3; 20], false)].concat();
    let (mut reader, mut frames) = (AdtsReader::default(), Vec::new());
    reader.push(&all[..40], Some(1_000), &mut frames);
    reader.push(&all[40..], Some(9_000_000), &mut frames);
    let times: Vec<_> = frames.iter().map(|frame| frame.time).collect();
    assert_eq!(times, [Some(1_000), Some(1_000 + FRAME), Some(9_000_000)]);
}

proptest! {
    #[test]
    fn pieces_of_any_size_are_read_alike(
        lengths in prop::collection::vec((1_usize..900, any::<bool>()), 1..30),
        cuts in prop::collection::vec(1_usize..300, 1..20),
        noise in prop::collection::vec(0_u8..0xff, 0..20),
    ) {
        // What comes before the first frame is left out.
        let mut bytes = noise;
        for (length, checksum) in &lengths {
            bytes.extend(frame(&vec![*length as u8 & 0x7f; *length], *checksum));
        }
        let (mut reader, mut frames, mut rest) = (AdtsReader::default(), Vec::new(), &bytes[..]);
        let (mut sizes, mut time) = (cuts.iter().cycle(), Some(5_000));
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            reader.push(piece, time.take(), &mut frames);
            rest = after;
        }
        let all = (0..).zip(&lengths);
        let all = all.map(|(n, (length, _))| wanted(n, &vec![*length as u8 & 0x7f; *length]));
        prop_assert_eq!(frames, all.collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_are_read_as_far_as_they_go(bytes in prop::collection::vec(any::<u8>(), 0..9_000)) {
        let (mut reader, mut frames) = (AdtsReader::default(), Vec::new());
        bytes.chunks(700).for_each(|piece| reader.push(piece, Some(0), &mut frames));
        prop_assert!(frames.iter().map(|frame| frame.data.len()).sum::<usize>() <= bytes.len());
    }
}
