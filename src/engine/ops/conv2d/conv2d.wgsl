// y[n, o, i, j] = b[o] + sum of w[o, c, p, q] x[n, c, i s + p d - P, j s + q d - P]; twin: cpu.rs, forward.
// An invocation computes four neighbouring pixels of four channels.

override batch: u32;
override in_channels: u32;
override height: u32;
override width: u32;
override out_channels: u32;
override kernel_h: u32;
override kernel_w: u32;
override out_height: u32;
override out_width: u32;
override stride_h: u32;
override stride_w: u32;
override padding_h: u32;
override padding_w: u32;
override dilation_h: u32;
override dilation_w: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;

struct Tile {
    c0: vec4f,
    c1: vec4f,
    c2: vec4f,
    c3: vec4f,
}

// Pixels i, j .. j + 3 of channels o .. o + 3 of one image; what lies past the edge is not stored.
fn patch_sums(image: u32, o: u32, i: u32, j: u32, start: vec4f) -> Tile {
    let filter_size = in_channels * kernel_h * kernel_w;
    let filters = min(vec4u(o, o + 1u, o + 2u, o + 3u), vec4u(out_channels - 1u)) * filter_size;
    var tile = Tile(vec4f(start.x), vec4f(start.y), vec4f(start.z), vec4f(start.w));
    var at_w = 0u;
    for (var c = 0u; c < in_channels; c++) {
        let plane = (image * in_channels + c) * height;
        for (var p = 0u; p < kernel_h; p++) {
            // Unsigned: a row above the image wraps round to one far below it.
            let row = i * stride_h + p * dilation_h - padding_h;
            if row >= height {
                at_w += kernel_w;
                continue;
            }
            let line = (plane + row) * width;
            for (var q = 0u; q < kernel_w; q++) {
                let columns = (vec4u(j) + vec4u(0u, 1u, 2u, 3u)) * stride_w + q * dilation_w - padding_w;
                let inside = columns < vec4u(width);
                let at = line + min(columns, vec4u(width - 1u));
                let pixels = select(vec4f(0.0), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), inside);
                tile.c0 += w[filters.x + at_w] * pixels;
                tile.c1 += w[filters.y + at_w] * pixels;
                tile.c2 += w[filters.z + at_w] * pixels;
                tile.c3 += w[filters.w + at_w] * pixels;
                at_w++;
            }
        }
    }
    return tile;
}

@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn plain(@builtin(global_invocation_id) id: vec3u) {
    let quads = (out_width + 3u) / 4u;
    let i = id.x / quads;
    let j = (id.x % quads) * 4u;
    let o = id.y * 4u;
    if i >= out_height {
        return;
    }
    let tile = patch_sums(id.z, o, i, j, vec4f(0.0));
    let channels = array(tile.c0, tile.c1, tile.c2, tile.c3);
    for (var a = 0u; a < 4u && o + a < out_channels; a++) {
        let line = ((id.z * out_channels + o + a) * out_height + i) * out_width;
        for (var b = 0u; b < 4u && j + b < out_width; b++) {
            y[line + j + b] = channels[a][b];
        }
    }
}

@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y_biased: array<f32>;

@compute @workgroup_size(64)
fn with_bias(@builtin(global_invocation_id) id: vec3u) {
    let quads = (out_width + 3u) / 4u;
    let i = id.x / quads;
    let j = (id.x % quads) * 4u;
    let o = id.y * 4u;
    if i >= out_height {
        return;
    }
    let at = min(vec4u(o, o + 1u, o + 2u, o + 3u), vec4u(out_channels - 1u));
    let tile = patch_sums(id.z, o, i, j, vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]));
    let channels = array(tile.c0, tile.c1, tile.c2, tile.c3);
    for (var a = 0u; a < 4u && o + a < out_channels; a++) {
        let line = ((id.z * out_channels + o + a) * out_height + i) * out_width;
        for (var b = 0u; b < 4u && j + b < out_width; b++) {
            y_biased[line + j + b] = channels[a][b];
        }
    }
}
