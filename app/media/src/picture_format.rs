//! What a stream's pictures are as they come, before they are brought to what a programme has.

/// What a stream's pictures are as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureFormat {
    /// Width and height in pixels, before they are turned.
    pub size: (u32, u32),
    /// Pictures a second, as a fraction; its numerator is 0 if that changes or is not known.
    pub rate: (u32, u32),
    /// Its pictures, or some of them, are interlaced: each field becomes a picture.
    pub has_fields: bool,
    /// What it has beyond BT.709, to which it is brought.
    pub beyond: Option<BeyondBt709>,
}

/// A gamut or a range beyond that of BT.709.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeyondBt709 {
    /// The gamut of BT.2020.
    Bt2020,
    /// PQ (SMPTE ST 2084).
    Pq,
    /// HLG (ARIB STD-B67).
    Hlg,
}
