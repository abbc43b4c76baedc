// One graphic on one plane of the canvas, at whole pixels.
// In: BT.709 limited codes times alpha, then alpha. Out: the same, times opacity.

override CHROMA: bool = false; // which plane: Y', or Cb and Cr

struct Graphic {
    origin: vec2<i32>,
    size: vec2<i32>,
    plane: vec2<i32>,
    opacity: f32,
    unused: f32,
}

@group(0) @binding(1) var<uniform> graphic: Graphic;
@group(1) @binding(0) var bitmap: texture_2d<f32>;

@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let unit = vec2<i32>(i32(index & 1u), i32(index >> 1u));
    let place = vec2<f32>(graphic.origin + unit * graphic.size) / vec2<f32>(graphic.plane);
    return vec4<f32>(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}

@fragment
fn paint(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let sample = textureLoad(bitmap, vec2<i32>(position.xy) - graphic.origin, 0) * graphic.opacity;
    if CHROMA {
        return vec4<f32>(sample.rg, 0.0, sample.b);
    }
    return vec4<f32>(sample.r, 0.0, 0.0, sample.g);
}
