// One pane on one plane of the canvas: the source's samples weighted by axes that the CPU computed,
// converted, and put behind the pane's border by the weights of its mask.
// In: codes of the source's own format, 0 to 1 for 0 to 255. Out: BT.709 limited codes times alpha.

override LAYOUT: u32 = 0u;     // 0 I420, 1 NV12, 2 straight R'G'B'A, 3 codes times alpha, 4 flat
override CHROMA: bool = false; // which plane: Y', or Cb and Cr
override MIXES: bool = false;  // whether Y' depends on chroma: another matrix

// Offset into the tables, first canvas sample, samples, taps.
struct Axes {
    across: vec4<u32>,
    down: vec4<u32>,
}

struct Pane {
    origin: vec2<u32>,
    size: vec2<u32>,
    plane: vec2<u32>,
    rows: u32,
    cells: u32,
    own: Axes,
    cross: Axes,
    border: vec4<f32>,
    flat_codes: vec4<f32>,
    luma: vec4<f32>,
    cb: vec4<f32>,
    cr: vec4<f32>,
}

@group(0) @binding(0) var<storage, read> tables: array<u32>;
@group(0) @binding(1) var<uniform> pane: Pane;
@group(1) @binding(0) var first: texture_2d<f32>;
@group(1) @binding(1) var second: texture_2d<f32>;
@group(1) @binding(2) var third: texture_2d<f32>;

@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let unit = vec2<u32>(index & 1u, index >> 1u);
    let place = vec2<f32>(pane.origin + unit * pane.size) / vec2<f32>(pane.plane);
    return vec4<f32>(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}

fn codes_of(straight: vec4<f32>) -> vec4<f32> {
    let rgb = straight.rgb;
    let y = dot(rgb, vec3<f32>(0.2126, 0.7152, 0.0722));
    let chroma = vec2<f32>((rgb.b - y) / 1.8556, (rgb.r - y) / 1.5748);
    let codes = vec3<f32>(16.0 + 219.0 * y, vec2<f32>(128.0) + 224.0 * chroma) / 255.0;
    return vec4<f32>(codes * straight.a, straight.a);
}

// Y', Cb, Cr, alpha; of a Y'CbCr source only what is needed.
fn texel(at: vec2<u32>, chroma: bool) -> vec4<f32> {
    if LAYOUT == 3u {
        return textureLoad(first, at, 0);
    }
    if LAYOUT == 2u {
        return codes_of(textureLoad(first, at, 0));
    }
    if !chroma {
        return vec4<f32>(textureLoad(first, at, 0).r, 0.0, 0.0, 1.0);
    }
    if LAYOUT == 1u {
        return vec4<f32>(0.0, textureLoad(second, at, 0).rg, 1.0);
    }
    return vec4<f32>(0.0, textureLoad(second, at, 0).r, textureLoad(third, at, 0).r, 1.0);
}

fn weighed(axes: Axes, pixel: vec2<u32>, chroma: bool) -> vec4<f32> {
    // Outside the picture the mask hides what is read here.
    let column = min(pixel.x - min(pixel.x, axes.across.y), axes.across.z - 1u);
    let row = min(pixel.y - min(pixel.y, axes.down.y), axes.down.z - 1u);
    let start = vec2<u32>(tables[axes.across.x + column], tables[axes.down.x + row]);
    let across = axes.across.x + axes.across.z + column * axes.across.w;
    let down = axes.down.x + axes.down.z + row * axes.down.w;
    var sum = vec4<f32>(0.0);
    for (var y = 0u; y < axes.down.w; y++) {
        var line = vec4<f32>(0.0);
        for (var x = 0u; x < axes.across.w; x++) {
            line += texel(start + vec2<u32>(x, y), chroma) * bitcast<f32>(tables[across + x]);
        }
        sum += line * bitcast<f32>(tables[down + y]);
    }
    return sum;
}

fn converted(codes: vec4<f32>, row: vec4<f32>, own: f32) -> f32 {
    return clamp(own * row.x + codes.y * row.y + codes.z * row.z + row.w, 0.0, 1.0);
}

@fragment
fn paint(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let local = pixel - pane.origin;
    let cell = tables[pane.cells + tables[pane.rows + local.y] * pane.size.x + local.x];
    let picture = f32(cell & 0xffffu) / 256.0;
    let edge = f32(cell >> 16u) / 256.0;
    var codes = pane.flat_codes;
    if LAYOUT < 4u {
        codes = weighed(pane.own, pixel, CHROMA);
    }
    if MIXES {
        codes = vec4<f32>(codes.x, weighed(pane.cross, pixel, true).yzw);
    }
    if LAYOUT < 2u {
        let luma = converted(codes, pane.luma, codes.x);
        codes = vec4<f32>(luma, converted(codes, pane.cb, 0.0), converted(codes, pane.cr, 0.0), 1.0);
    }
    let out = codes * picture + vec4<f32>(pane.border.xyz, 1.0) * edge;
    if CHROMA {
        return vec4<f32>(out.yz, 0.0, out.w);
    }
    return vec4<f32>(out.x, 0.0, 0.0, out.w);
}
