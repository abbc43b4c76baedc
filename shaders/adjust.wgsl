// A source's picture as its settings have it, made once for each picture that it sends: turned, its codes changed, its
// key transparent. The formulas are those of app/compositor/src/grade.rs.
// In: codes of the source's own format, 0 to 1 for 0 to 255. Out: codes of that format; with alpha, BT.709 limited
// codes times alpha.

override LAYOUT: u32 = 0u; // 0 I420, 1 NV12, 2 straight R'G'B'A, 3 codes times alpha
override TARGET: u32 = 0u; // 0 Y', 1 Cb and Cr, 2 all of it and alpha

struct Adjust {
    // Of the source: width, height; whether its columns are rows; 1 if columns count from the right, plus 2 if rows
    // count from below.
    source: vec4<u32>,
    // Where chroma is read, in quarters of a sample: first across and step, first down and step.
    chroma: vec4<i32>,
    // Cb and Cr of the key, the distance up to which all is transparent, and one over that in which it becomes opaque.
    key: vec4<f32>,
    // One over the distance in which colours come back; whether there is a key; saturation.
    more: vec4<f32>,
    // To BT.709: Y' of itself, of Cb and of Cr, and what is added; Cb of Cb and Cr, Cr of Cb and Cr. Chroma counts from
    // its middle, and all is in codes of 0 to 255.
    luma: vec4<f32>,
    colours: vec4<f32>,
    // What each code becomes, four a word: of Y', then of Cb and Cr.
    codes: array<vec4<u32>, 32>,
}

@group(0) @binding(0) var<uniform> adjust_by: Adjust;
@group(1) @binding(0) var first: texture_2d<f32>;
@group(1) @binding(1) var second: texture_2d<f32>;
@group(1) @binding(2) var third: texture_2d<f32>;

// Two triangles over the whole target.
@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let unit = vec2<f32>(f32(index & 1u), f32(index >> 1u));
    return vec4<f32>(unit * 2.0 - 1.0, 0.0, 1.0);
}

// What a code of 0 to 255 becomes.
fn looked_up(code: f32, table: u32) -> f32 {
    let index = u32(clamp(round(code), 0.0, 255.0));
    let word = adjust_by.codes[table * 16u + index / 16u][index / 4u % 4u];
    return f32(word >> (index % 4u * 8u) & 0xffu);
}

// Which pixel of the source is here.
fn turned(at: vec2<u32>) -> vec2<u32> {
    var was = at;
    if adjust_by.source.z == 1u {
        was = at.yx;
    }
    if (adjust_by.source.w & 1u) != 0u {
        was.x = adjust_by.source.x - 1u - was.x;
    }
    if (adjust_by.source.w & 2u) != 0u {
        was.y = adjust_by.source.y - 1u - was.y;
    }
    return was;
}

// Codes of a chroma sample; the edge is repeated.
fn half_sample(at: vec2<i32>) -> vec2<f32> {
    let last = vec2<i32>((adjust_by.source.xy + 1u) / 2u) - 1;
    let inside = clamp(at, vec2<i32>(0), last);
    if LAYOUT == 1u {
        return textureLoad(second, inside, 0).rg * 255.0;
    }
    return vec2<f32>(textureLoad(second, inside, 0).r, textureLoad(third, inside, 0).r) * 255.0;
}

// Chroma at a place in quarters of a sample.
fn half_at(place: vec2<i32>) -> vec2<f32> {
    let low = place >> vec2<u32>(2u);
    let part = vec2<f32>(place & vec2<i32>(3)) / 4.0;
    let above = mix(half_sample(low), half_sample(low + vec2<i32>(1, 0)), part.x);
    let below = mix(half_sample(low + vec2<i32>(0, 1)), half_sample(low + vec2<i32>(1, 1)), part.x);
    return mix(above, below, part.y);
}

// Codes of Y', Cb and Cr, and alpha, of a pixel of the source.
fn whole_at(at: vec2<u32>) -> vec4<f32> {
    let texel = textureLoad(first, at, 0);
    if LAYOUT == 3u {
        let over = select(0.0, 255.0 / texel.a, texel.a > 0.0);
        return vec4<f32>(texel.rgb * over, texel.a);
    }
    if LAYOUT == 2u {
        let y = dot(texel.rgb, vec3<f32>(0.2126, 0.7152, 0.0722));
        let chroma = vec2<f32>((texel.b - y) / 1.8556, (texel.r - y) / 1.5748);
        return vec4<f32>(16.0 + 219.0 * y, vec2<f32>(128.0) + 224.0 * chroma, texel.a);
    }
    // They stand on the even pixels across, and in the middle of two rows down.
    let place = vec2<i32>(at) * 2 - vec2<i32>(0, 1);
    return vec4<f32>(texel.r * 255.0, half_at(place), 1.0);
}

// Codes times alpha, and alpha, 0 to 1.
fn cut_out(codes: vec4<f32>) -> vec4<f32> {
    let chroma = codes.yz - vec2<f32>(128.0);
    let blue = dot(chroma, adjust_by.colours.xy);
    let red = dot(chroma, adjust_by.colours.zw);
    var alpha = codes.a;
    var part = adjust_by.more.z;
    if adjust_by.more.y > 0.0 {
        let away = distance(vec2<f32>(blue, red) + 128.0, adjust_by.key.xy);
        let beyond = away - adjust_by.key.z;
        alpha *= clamp(beyond * adjust_by.key.w, 0.0, 1.0);
        part *= clamp(beyond * adjust_by.more.x, 0.0, 1.0);
    }
    let own = vec3<f32>(looked_up(codes.x, 0u), chroma * part);
    let y = dot(own, adjust_by.luma.xyz) + adjust_by.luma.w;
    let out = vec3<f32>(y, vec2<f32>(blue, red) * part + 128.0) / 255.0;
    return vec4<f32>(clamp(out, vec3<f32>(0.0), vec3<f32>(1.0)) * alpha, alpha);
}

@fragment
fn adjust(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let at = vec2<u32>(position.xy);
    if TARGET == 2u {
        return cut_out(whole_at(turned(at)));
    }
    if TARGET == 1u {
        let was = vec2<i32>(select(at, at.yx, adjust_by.source.z == 1u));
        let chroma = half_at(adjust_by.chroma.xz + adjust_by.chroma.yw * was);
        return vec4<f32>(looked_up(chroma.x, 1u), looked_up(chroma.y, 1u), 0.0, 0.0) / 255.0;
    }
    return vec4<f32>(looked_up(textureLoad(first, turned(at), 0).r * 255.0, 0u) / 255.0);
}
