//! Reads SEI messages back from FLV and Matroska, independently of what wrote them (Rec. ITU-T
//! H.264, 7.3.1 and 7.3.2.3; Adobe Flash Video File Format Specification 10.1, annex E).

use std::path::Path;
use std::process::Command;

/// An SEI message, and the access unit it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The access unit's place among all.
    pub unit: usize,
    /// When its picture is shown, in milliseconds on the file's time line.
    pub millis: i64,
    /// Whether its picture is a keyframe.
    pub key: bool,
    /// The payload's type.
    pub payload_type: u32,
    /// The payload; of type 5 it begins with the UUID.
    pub payload: Vec<u8>,
}

impl Message {
    /// What follows this UUID, if the message is of type 5 and has it.
    pub fn of_uuid(&self, uuid: &[u8; 16]) -> Option<&[u8]> {
        (self.payload_type == 5).then(|| self.payload.strip_prefix(uuid))?
    }

    /// Downstage's own layout and volume message.
    pub fn layout_volume(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(self.of_uuid(&media::sei::UUID)?).ok()
    }
}

/// All messages of a file, in the order they were sent.
pub fn messages(path: &Path) -> Vec<Message> {
    let units = units(&flv_of(path));
    let of_unit = |(index, unit): (usize, &Unit)| {
        let nals = nals(&unit.data).filter(|nal| nal.first().is_some_and(|byte| byte & 31 == 6));
        let payloads: Vec<_> = nals.flat_map(|nal| payloads(&plain(&nal[1..]))).collect();
        let (millis, key) = (unit.millis, unit.key);
        payloads.into_iter().map(move |(payload_type, payload)| Message {
            unit: index,
            millis,
            key,
            payload_type,
            payload,
        })
    };
    units.iter().enumerate().flat_map(of_unit).collect()
}

/// A NAL unit's bytes without emulation prevention (7.3.1): the 3 of each 0 0 3 goes.
pub fn plain(nal: &[u8]) -> Vec<u8> {
    let (mut out, mut zeros) = (Vec::with_capacity(nal.len()), 0);
    for &byte in nal {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// The messages of an SEI NAL unit, behind its header and without emulation prevention.
pub fn payloads(rbsp: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let (mut found, mut at) = (Vec::new(), 0);
    // What is left at the end is the trailing bits.
    while rbsp.len() - at > 2 {
        let (Some(kind), Some(size)) = (coded(rbsp, &mut at), coded(rbsp, &mut at)) else { break };
        let Some(payload) = rbsp.get(at..at + size as usize) else { break };
        found.push((kind, payload.to_vec()));
        at += payload.len();
    }
    found
}

/// A number as a sum of bytes: each 255 says that there is more.
fn coded(bytes: &[u8], at: &mut usize) -> Option<u32> {
    let mut value = 0;
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value += u32::from(byte);
        if byte != 255 {
            return Some(value);
        }
    }
}

/// An access unit in AVC form.
struct Unit {
    millis: i64,
    key: bool,
    data: Vec<u8>,
}

/// The file's pictures as FLV: as it is, or copied by ffmpeg.
fn flv_of(path: &Path) -> Vec<u8> {
    if path.extension().is_some_and(|extension| extension == "flv") {
        return std::fs::read(path).expect("the file can be read");
    }
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-copyts", "-i"]).arg(path);
    command.args(["-map", "0:v:0", "-c", "copy", "-f", "flv", "pipe:1"]);
    let output = command.output().expect("ffmpeg is installed");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {complaint}", path.display());
    output.stdout
}

/// The video tags with pictures (E.4.1, E.4.3.1). A file that breaks off ends with its last whole tag.
fn units(flv: &[u8]) -> Vec<Unit> {
    let mut found = Vec::new();
    let header = flv.get(5..9).map_or(0, |bytes| number(bytes) as usize);
    let mut at = header + 4;
    while let Some(tag) = flv.get(at..at + 11) {
        let size = number(&tag[1..4]) as usize;
        let Some(body) = flv.get(at + 11..at + 11 + size) else { break };
        at += 11 + size + 4;
        // AVC, and NAL units rather than a header or an end.
        if tag[0] & 31 != 9 || size < 5 || body[0] & 15 != 7 || body[1] != 1 {
            continue;
        }
        let composition = i64::from((number(&body[2..5]) as i32) << 8 >> 8);
        let decoded = i64::from(number(&tag[4..7]) | u32::from(tag[7]) << 24);
        let (millis, key) = (decoded + composition, body[0] >> 4 == 1);
        found.push(Unit { millis, key, data: body[5..].to_vec() });
    }
    found
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The NAL units of an access unit with lengths of four bytes.
fn nals(unit: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = unit;
    std::iter::from_fn(move || {
        let (length, bytes) = rest.split_first_chunk::<4>()?;
        let (nal, others) = bytes.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        rest = others;
        Some(nal)
    })
}
