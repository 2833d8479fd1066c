// Images shifted, mirrored, recoloured and partly covered at random; twin: cpu.rs. threefry.wgsl stands before it. A workgroup owns an
// image of [channels, height, width].

override batch: u32;
override channels: u32;
override height: u32;
override width: u32;
override shift: u32; // the largest, of shift and crop together
override crop: u32;
override flip: bool;
override jitter: bool;
override brightness: f32;
override contrast: f32;
override saturation: f32;
override cutout: u32;
override mean: f32;
override deviation: f32;
override stream: u32;
override first: u32 = 0u; // the place of the first image in the batch

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> control: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

const LANES = 64u;
var<workgroup> sums: array<f32, LANES>;

// What was drawn for an image.
struct Drawn {
    down: i32,
    right: i32,
    mirrored: bool,
    brightness: f32,
    contrast: f32,
    saturation: f32,
    hole_row: i32,
    hole_column: i32,
}

// A whole number from -most to most.
fn offset(bits: u32, most: u32) -> i32 {
    return i32(u32(uniform(bits) * f32(2u * most + 1u))) - i32(most);
}

// A factor from max(1 - range, 0) to 1 + range.
fn factor(bits: u32, range: f32) -> f32 {
    let least = max(1.0 - range, 0.0);
    return least + uniform(bits) * (1.0 + range - least);
}

fn draw(image: u32) -> Drawn {
    let key = vec2u(u32(control[5]) | (u32(control[6]) << 16u), stream);
    let step = u32(control[1]);
    let a = threefry(key, vec2u(step, 8u * image));
    let b = threefry(key, vec2u(step, 8u * image + 1u));
    let c = threefry(key, vec2u(step, 8u * image + 2u));
    let d = threefry(key, vec2u(step, 8u * image + 3u));
    let e = threefry(key, vec2u(step, 8u * image + 4u));
    return Drawn(
        offset(a.x, shift) + offset(b.x, crop),
        offset(a.y, shift) + offset(b.y, crop),
        flip && (c.x >> 31u) == 1u,
        factor(c.y, brightness),
        factor(d.x, contrast),
        factor(d.y, saturation),
        i32(uniform(e.x) * f32(height)),
        i32(uniform(e.y) * f32(width)),
    );
}

// The pixel that comes to a place by shift and mirror.
fn moved(drawn: Drawn, image: u32, c: u32, row: u32, column: u32) -> f32 {
    let from_column = select(column, width - 1u - column, drawn.mirrored);
    let r = i32(row) - drawn.down;
    let s = i32(from_column) - drawn.right;
    if r < 0 || r >= i32(height) || s < 0 || s >= i32(width) {
        return -mean / deviation;
    }
    return x[((image * channels + c) * height + u32(r)) * width + u32(s)];
}

// The same as an intensity from 0 to 1, made brighter or darker.
fn lit(drawn: Drawn, image: u32, c: u32, row: u32, column: u32) -> f32 {
    return clamp((moved(drawn, image, c, row, column) * deviation + mean) * drawn.brightness, 0.0, 1.0);
}

fn grey(colours: vec3f) -> f32 {
    return select(colours.x, dot(colours, vec3f(0.2989, 0.587, 0.114)), channels == 3u);
}

// The colours of a pixel, made brighter or darker; of an image that has not three channels only the first.
fn lit_colours(drawn: Drawn, image: u32, row: u32, column: u32) -> vec3f {
    let first = lit(drawn, image, 0u, row, column);
    if channels != 3u {
        return vec3f(first);
    }
    return vec3f(first, lit(drawn, image, 1u, row, column), lit(drawn, image, 2u, row, column));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let image = group.x + group.y * groups.x;
    if image >= batch {
        return;
    }
    let drawn = draw(first + image);
    let pixels = height * width;
    var own = 0.0;
    if jitter {
        for (var at = lane; at < pixels; at += LANES) {
            own += grey(lit_colours(drawn, image, at / width, at % width));
        }
    }
    sums[lane] = own;
    workgroupBarrier();
    for (var reach = LANES / 2u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            sums[lane] += sums[lane + reach];
        }
        workgroupBarrier();
    }
    let middle = sums[0] / f32(pixels);
    for (var at = lane; at < pixels; at += LANES) {
        let row = at / width;
        let column = at % width;
        let half = i32(cutout / 2u);
        let above = i32(row) - (drawn.hole_row - half);
        let left = i32(column) - (drawn.hole_column - half);
        let covered = above >= 0 && above < i32(cutout) && left >= 0 && left < i32(cutout);
        // Contrast goes to the mean of the image, then saturation to the grey of the pixel.
        let contrasted = clamp(middle + (lit_colours(drawn, image, row, column) - middle) * drawn.contrast, vec3f(0.0), vec3f(1.0));
        let pale = grey(contrasted);
        for (var c = 0u; c < channels; c++) {
            var value = moved(drawn, image, c, row, column);
            if jitter {
                let own_colour = clamp(middle + (lit(drawn, image, c, row, column) - middle) * drawn.contrast, 0.0, 1.0);
                let coloured = select(own_colour, clamp(pale + (own_colour - pale) * drawn.saturation, 0.0, 1.0), channels == 3u);
                value = (coloured - mean) / deviation;
            }
            y[(image * channels + c) * pixels + at] = select(value, 0.0, covered);
        }
    }
}
