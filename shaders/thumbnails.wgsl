// The thumbnails of a bin, all in one draw call: each is a part of one sheet, encoded R'G'B' as a display
// takes it, or a flat colour.

@group(0) @binding(0) var sheet: texture_2d<f32>;
@group(0) @binding(1) var linear: sampler;

struct Cell {
    // Left, top, right, bottom: 0 to 1 of the viewport.
    @location(0) place: vec4<f32>,
    // The same of the sheet; a flat colour has no part of it, and right is left.
    @location(1) part: vec4<f32>,
    // R'G'B' of a flat colour, straight alpha; of a picture only alpha counts.
    @location(2) colour: vec4<f32>,
}

struct Corner {
    @builtin(position) place: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec4<f32>,
    @location(2) @interpolate(flat) part: vec4<f32>,
}

@vertex
fn corner(@builtin(vertex_index) index: u32, cell: Cell) -> Corner {
    let side = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    let place = mix(cell.place.xy, cell.place.zw, side);
    let at = mix(cell.part.xy, cell.part.zw, side);
    return Corner(
        vec4<f32>(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0),
        at,
        cell.colour,
        cell.part,
    );
}

@fragment
fn pixel(in: Corner) -> @location(0) vec4<f32> {
    if in.part.x == in.part.z {
        return in.colour;
    }
    let texel = textureSampleLevel(sheet, linear, in.at, 0.0);
    return vec4<f32>(texel.rgb, texel.a * in.colour.a);
}
