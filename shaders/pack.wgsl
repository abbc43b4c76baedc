// The finished planes as the bytes of an I420 picture, four samples a word; a mix of two buses if
// there are two. In and out: BT.709 limited codes.

override MIX: bool = false; // whether there are two buses

struct Packing {
    // Words a row of Y', rows of Y', words a row of Cb or Cr, rows of these.
    words: vec4<u32>,
    // The share of the second bus.
    share: vec4<f32>,
}

@group(0) @binding(0) var<storage, read_write> bytes: array<u32>;
@group(0) @binding(1) var<uniform> packing: Packing;
@group(1) @binding(0) var luma: texture_2d<f32>;
@group(1) @binding(1) var chroma: texture_2d<f32>;
@group(1) @binding(2) var other_luma: texture_2d<f32>;
@group(1) @binding(3) var other_chroma: texture_2d<f32>;

fn code(at: vec2<u32>, plane: u32) -> u32 {
    var value = 0.0;
    if plane == 0u {
        value = textureLoad(luma, at, 0).r;
        if MIX {
            value = mix(value, textureLoad(other_luma, at, 0).r, packing.share.x);
        }
    } else {
        var pair = textureLoad(chroma, at, 0).rg;
        if MIX {
            pair = mix(pair, textureLoad(other_chroma, at, 0).rg, packing.share.x);
        }
        value = select(pair.y, pair.x, plane == 1u);
    }
    return u32(round(clamp(value, 0.0, 1.0) * 255.0));
}

@compute @workgroup_size(64)
fn pack(@builtin(global_invocation_id) id: vec3<u32>) {
    let luma_words = packing.words.x * packing.words.y;
    let chroma_words = packing.words.z * packing.words.w;
    if id.x >= luma_words + 2u * chroma_words {
        return;
    }
    var plane = 0u;
    var index = id.x;
    var width = packing.words.x;
    if index >= luma_words {
        index -= luma_words;
        plane = 1u + index / chroma_words;
        index = index % chroma_words;
        width = packing.words.z;
    }
    let at = vec2<u32>(index % width * 4u, index / width);
    var word = 0u;
    for (var sample = 0u; sample < 4u; sample++) {
        word |= code(at + vec2<u32>(sample, 0u), plane) << (sample * 8u);
    }
    bytes[id.x] = word;
}
