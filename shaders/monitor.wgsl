// A picture on a monitor: Y'CbCr, BT.709, limited range, to encoded R'G'B' as a display takes it.

override PAIR: bool = false; // whether Cb and Cr are in one texture

@group(0) @binding(0) var luma: texture_2d<f32>;
@group(0) @binding(1) var blue: texture_2d<f32>;
@group(0) @binding(2) var red: texture_2d<f32>;
@group(0) @binding(3) var linear: sampler;

struct Corner {
    @builtin(position) place: vec4<f32>,
    // 0 to 1 from the top left corner.
    @location(0) at: vec2<f32>,
}

// Two triangles over the whole viewport.
@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    let at = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    return Corner(vec4<f32>(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0), at);
}

// ITU-R BT.709-6, 3.2 to 3.5, in codes of 8 bits as 0 to 1.
@fragment
fn pixel(in: Corner) -> @location(0) vec4<f32> {
    let y = (textureSampleLevel(luma, linear, in.at, 0.0).r - 16.0 / 255.0) * (255.0 / 219.0);
    var pair = textureSampleLevel(blue, linear, in.at, 0.0).rg;
    if !PAIR {
        pair.y = textureSampleLevel(red, linear, in.at, 0.0).r;
    }
    let chroma = (pair - 128.0 / 255.0) * (255.0 / 224.0);
    let r = y + 1.5748 * chroma.y;
    let g = y - 0.18732 * chroma.x - 0.46812 * chroma.y;
    let b = y + 1.8556 * chroma.x;
    return vec4<f32>(clamp(vec3<f32>(r, g, b), vec3<f32>(0.0), vec3<f32>(1.0)), 1.0);
}
