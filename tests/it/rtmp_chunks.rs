//! Chunks of RTMP: any message in any chunks comes back the same, interleaved and at any time, and what is no chunk
//! is said with its place.

use proptest::prelude::*;
use rtmp::chunk::{
    ChunkError, ChunkFault, ChunkReader, ChunkWriter, Chunked, FIRST_CHUNK_SIZE, Limits,
    MAX_CHUNK_SIZE, WriteError,
};
use rtmp::{Message, kind};

fn message(kind: u8, stream: u32, timestamp: u32, length: usize) -> Message {
    let payload = (0..length).map(|at| (at as u32 ^ timestamp) as u8).collect();
    Message { kind, stream, timestamp, payload }
}

/// Reads bytes in pieces, which end at these places.
fn read(bytes: &[u8], ends: &[usize]) -> Result<Vec<Chunked>, ChunkError> {
    let mut reader = ChunkReader::new(Limits::STRANGER);
    let (mut all, mut from) = (Vec::new(), 0);
    for end in ends.iter().copied().chain([bytes.len()]) {
        let mut piece = &bytes[from..end.clamp(from, bytes.len())];
        from += piece.len();
        while let Some(chunked) = reader.read(&mut piece)? {
            all.push(chunked);
        }
        assert!(piece.is_empty());
    }
    assert_eq!(reader.buffered(), 0);
    Ok(all)
}

fn messages(bytes: &[u8]) -> Vec<Message> {
    let is_message = |chunked| match chunked {
        Chunked::Message(message) => message,
        Chunked::Oversized { .. } => panic!("{chunked:?}"),
    };
    read(bytes, &[]).unwrap().into_iter().map(is_message).collect()
}

/// Where the reader fails, and why.
fn fault(bytes: &[u8]) -> (u64, ChunkFault) {
    let ChunkError { at, fault } = read(bytes, &[]).unwrap_err();
    (at, fault)
}

#[test]
fn two_messages_whose_chunks_alternate_both_come() {
    let mut writer = ChunkWriter::default();
    let (picture, sound) = (message(kind::VIDEO, 1, 40, 1_000), message(kind::AUDIO, 1, 43, 300));
    let mut bytes = Vec::new();
    let mut chunks =
        [writer.begin(6, picture.borrowed()).unwrap(), writer.begin(4, sound.borrowed()).unwrap()];
    while chunks.each_mut().map(|chunks| chunks.write_next(&mut bytes)).contains(&true) {}
    // The shorter one is complete first.
    assert_eq!(messages(&bytes), [sound, picture]);
}

#[test]
fn a_time_beyond_24_bits_comes_in_every_form_of_header() {
    let limit = 0xff_ffff;
    let step = 0x0100_0010;
    let mut writer = ChunkWriter::default();
    let mut bytes = Vec::new();
    let mut sent = Vec::new();
    // The first form at the limit and beyond; then differences beyond it, with another length, with the same, and
    // with the same difference; then below it, around the end of 32 bits, and back.
    let base = limit + 1 + step;
    let times = [
        (limit - 1, 200),
        (limit, 200),
        (limit + 1, 300),
        (base, 200),
        (base + step, 200),
        (base + 2 * step, 200),
        (base + 3 * step, 0),
        (base + 4 * step, 0),
        (base + 4 * step + 40, 500),
        (u32::MAX - 5, 500),
        (30, 500),
        (0, 500),
    ];
    for (timestamp, length) in times {
        let message = message(kind::VIDEO, 1, timestamp, length);
        writer.write(6, message.borrowed(), &mut bytes).unwrap();
        sent.push(message);
    }
    assert_eq!(messages(&bytes), sent);
    // The last form repeats what the one before it says, in the chunks of one message, too.
    let long = [
        &[6, 0xff, 0xff, 0xff, 0, 0, 200, kind::VIDEO, 1, 0, 0, 0, 1, 0, 0, 0][..],
        &[7; 128],
        &[0xc6, 1, 0, 0, 0],
        &[7; 72],
        // A message of its own: by the specification its difference is the time of the first.
        &[0xc6, 1, 0, 0, 0],
        &[8; 128],
        &[0xc6, 1, 0, 0, 0],
        &[8; 72],
    ];
    let times: Vec<_> = messages(&long.concat()).iter().map(|it| it.timestamp).collect();
    assert_eq!(times, [0x0100_0000, 0x0200_0000]);
    // A difference that is written in 32 bits though it would fit into 24.
    let small = [
        &[6, 0, 0, 9, 0, 0, 1, kind::VIDEO, 1, 0, 0, 0, 7][..],
        &[0x86, 0xff, 0xff, 0xff, 0, 0, 0, 40, 7],
        &[0x46, 0xff, 0xff, 0xff, 0, 0, 2, kind::VIDEO, 0, 0, 0, 1, 7, 7],
        &[0xc6, 0, 0, 0, 1, 7, 7],
    ];
    let times: Vec<_> = messages(&small.concat()).iter().map(|it| it.timestamp).collect();
    assert_eq!(times, [9, 49, 50, 51]);
}

#[test]
fn a_chunk_has_any_size_that_its_sender_announces() {
    for size in [1, 2, 127, 128, 4_096, MAX_CHUNK_SIZE] {
        let mut writer = ChunkWriter::default();
        let mut bytes = Vec::new();
        let announced = (size as u32).to_be_bytes();
        let announced = Message {
            kind: kind::SET_CHUNK_SIZE,
            stream: 0,
            timestamp: 0,
            payload: &announced[..],
        };
        writer.write(2, announced, &mut bytes).unwrap();
        writer.set_chunk_size(size).unwrap();
        let long = message(kind::VIDEO, 1, 0, 10_000);
        writer.write(6, long.borrowed(), &mut bytes).unwrap();
        assert_eq!(messages(&bytes)[1], long, "{size}");
    }
    for size in [0, MAX_CHUNK_SIZE + 1] {
        let refused = ChunkWriter::default().set_chunk_size(size);
        assert_eq!(refused, Err(WriteError::ChunkSize(size)));
    }
    // What a server may say beyond all sense is taken as far as it has one: no message is longer.
    for (said, first) in [(0x7fff_ffff_u32, 5_000), (u32::MAX, 5_000), (0, FIRST_CHUNK_SIZE)] {
        let rest = 5_000 - first;
        let mut bytes = vec![2, 0, 0, 0, 0, 0, 4, kind::SET_CHUNK_SIZE, 0, 0, 0, 0];
        bytes.extend_from_slice(&said.to_be_bytes());
        bytes.extend_from_slice(&[6, 0, 0, 0, 0, 0x13, 0x88, kind::VIDEO, 1, 0, 0, 0]);
        bytes.extend(vec![9; first]);
        for _ in 0..rest.div_ceil(FIRST_CHUNK_SIZE) {
            bytes.push(0xc6);
            bytes.extend([9; FIRST_CHUNK_SIZE]);
        }
        let excess = bytes.len() - (28 + 5_000 + rest.div_ceil(FIRST_CHUNK_SIZE));
        bytes.truncate(bytes.len() - excess);
        assert_eq!(messages(&bytes)[1].payload, vec![9; 5_000], "{said}");
    }
}

#[test]
fn a_message_that_is_aborted_is_forgotten_and_the_next_comes() {
    let mut writer = ChunkWriter::default();
    let mut bytes = Vec::new();
    let lost = message(kind::VIDEO, 1, 0, 1_000);
    let mut chunks = writer.begin(6, lost.borrowed()).unwrap();
    assert!(chunks.write_next(&mut bytes) && chunks.write_next(&mut bytes));
    let abort = Message { kind: kind::ABORT, stream: 0, timestamp: 0, payload: &[0, 0, 0, 6][..] };
    writer.write(2, abort, &mut bytes).unwrap();
    let next = message(kind::VIDEO, 1, 40, 700);
    writer.write(6, next.borrowed(), &mut bytes).unwrap();
    let read = messages(&bytes);
    assert_eq!((read[0].kind, &read[1]), (kind::ABORT, &next));
    assert_eq!(read.len(), 2);
}

#[test]
fn a_message_that_is_too_long_is_left_out_without_being_held() {
    let mut writer = ChunkWriter::default();
    let mut bytes = Vec::new();
    for (kind, length) in [(kind::COMMAND, 70_000), (kind::VIDEO, 9 << 20), (kind::AUDIO, 3)] {
        writer.write(6, message(kind, 1, 0, length).borrowed(), &mut bytes).unwrap();
    }
    let mut reader = ChunkReader::new(Limits::STRANGER);
    let mut rest = bytes.as_slice();
    let (read, peak) =
        tests::allocations::peak_of(|| [(); 3].map(|()| reader.read(&mut rest).unwrap().unwrap()));
    assert_eq!(read[0], Chunked::Oversized { kind: kind::COMMAND, length: 70_000 });
    assert_eq!(read[1], Chunked::Oversized { kind: kind::VIDEO, length: 9 << 20 });
    assert_eq!(read[2], Chunked::Message(message(kind::AUDIO, 1, 0, 3)));
    assert!(peak < 4_096, "{peak} bytes");
}

#[test]
fn what_is_no_chunk_is_said_with_its_place() {
    // The second form may be a chunk stream's first, since librtmp does it; the others have nothing to refer to.
    assert_eq!(messages(&[0x46, 0, 0, 1, 0, 0, 1, kind::AUDIO, 7]).len(), 1);
    assert_eq!(fault(&[0x86, 0, 0, 1]), (4, ChunkFault::NoPredecessor(6)));
    assert_eq!(fault(&[0xc0, 10]), (2, ChunkFault::NoPredecessor(74)));
    assert_eq!(fault(&[0xc1, 10, 1]), (3, ChunkFault::NoPredecessor(330)));
    let begun = [&[6, 0, 0, 0, 0, 0, 200, kind::VIDEO, 1, 0, 0, 0][..], &[7; 128]].concat();
    let again = [&begun[..], &[0x46, 0, 0, 0, 0, 0, 200, kind::VIDEO]].concat();
    assert_eq!(fault(&again), (148, ChunkFault::Unfinished(6)));
    let mut many = Vec::new();
    for id in 3..20 {
        many.extend([id, 0, 0, 0, 0, 0, 0, kind::AUDIO, 1, 0, 0, 0]);
    }
    assert_eq!(fault(&many), (17 * 12, ChunkFault::TooManyStreams(16)));
    // Two messages of eight megabytes that are never complete.
    let mut huge = vec![2, 0, 0, 0, 0, 0, 4, kind::SET_CHUNK_SIZE, 0, 0, 0, 0, 0, 0x10, 0, 0];
    for round in 0..7 {
        for id in [6, 7] {
            if round == 0 {
                huge.extend([id, 0, 0, 0, 0x7f, 0xff, 0xff, kind::VIDEO, 1, 0, 0, 0]);
            } else {
                huge.push(0xc0 | id);
            }
            huge.extend(vec![7; 1 << 20]);
        }
    }
    let (_, said) = fault(&huge);
    assert_eq!(said, ChunkFault::TooMuch(12 << 20));
    for id in [0, 1, 65_600] {
        let refused = ChunkWriter::default().begin(id, message(8, 1, 0, 1).borrowed()).map(drop);
        assert_eq!(refused, Err(WriteError::NoChunkStream(id)));
    }
    let long = vec![0; 1 << 24];
    let long = Message { kind: kind::VIDEO, stream: 1, timestamp: 0, payload: &long[..] };
    assert_eq!(ChunkWriter::default().begin(6, long).map(drop), Err(WriteError::TooLong(1 << 24)));
}

/// A message on one of a few chunk streams.
fn any_message() -> impl Strategy<Value = (usize, Message)> {
    let kinds = [kind::AUDIO, kind::VIDEO, kind::DATA, kind::COMMAND, 99];
    let time = prop_oneof![0..100_u32, 0xff_fff0..0x100_0010_u32, any::<u32>()];
    let length = prop_oneof![0..3_usize, 100..300_usize, 0..9_000_usize];
    (0..5_usize, prop::sample::select(kinds.to_vec()), 0..3_u32, time, length)
        .prop_map(|(at, kind, stream, time, length)| (at, message(kind, stream, time, length)))
}

/// Chunk streams of one, two and three bytes.
const IDS: [u32; 5] = [3, 63, 64, 319, 65_599];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Messages whose chunks are interleaved in any order come back, each chunk stream's in order, however the bytes
    /// are cut.
    #[test]
    fn any_messages_come_back_from_any_chunks_in_any_pieces(
        sent in prop::collection::vec(any_message(), 1..12),
        size in prop_oneof![1..4_usize, 100..200_usize, 1..20_000_usize],
        turns in prop::collection::vec(0..5_usize, 0..400),
        ends in prop::collection::vec(0..40_000_usize, 0..40),
    ) {
        let mut writer = ChunkWriter::default();
        let mut bytes = Vec::new();
        let announced = (size as u32).to_be_bytes();
        let announced =
            Message { kind: kind::SET_CHUNK_SIZE, stream: 0, timestamp: 0, payload: &announced[..] };
        writer.write(2, announced, &mut bytes).unwrap();
        writer.set_chunk_size(size).unwrap();
        let mut waiting: Vec<Vec<&Message>> = vec![Vec::new(); IDS.len()];
        for (at, message) in sent.iter().rev() {
            waiting[*at].push(message);
        }
        let mut open: Vec<Option<rtmp::chunk::Chunks<'_>>> = IDS.map(|_| None).into();
        // As the turns say, and then each to its end.
        for at in turns.into_iter().chain((0..5).flat_map(|at| std::iter::repeat_n(at, 100_000))) {
            if open[at].is_none() {
                let Some(next) = waiting[at].pop() else { continue };
                open[at] = Some(writer.begin(IDS[at], next.borrowed()).unwrap());
            }
            let has_more = open[at].as_mut().is_some_and(|chunks| chunks.write_next(&mut bytes));
            if !has_more {
                open[at] = None;
            }
        }
        let mut ends = ends;
        ends.sort_unstable();
        let read = read(&bytes, &ends).unwrap();
        let mut left: Vec<Vec<&Message>> = vec![Vec::new(); IDS.len()];
        for (at, message) in sent.iter().rev() {
            left[*at].push(message);
        }
        for chunked in &read[1..] {
            let Chunked::Message(message) = chunked else { panic!("{chunked:?}") };
            let is_next = |left: &Vec<&Message>| left.last() == Some(&message);
            let at = left.iter().position(is_next);
            prop_assert!(at.is_some(), "{message:?}");
            left[at.unwrap()].pop();
        }
        prop_assert!(left.iter().all(Vec::is_empty));
    }
}
