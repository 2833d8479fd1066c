// y[n, o, i, j] = b[o] + sum of w[o, c, p, q] x[n, c, i s + p d - P, j s + q d - P] over the channels c of o's group; twin: cpu.rs,
// forward. An invocation computes four neighbouring pixels of four channels; a workgroup has the same four channels everywhere.

override relu: bool; // whether what is below 0 becomes 0

fn finished(value: f32) -> f32 {
    // Asked so that a NaN stays one.
    return select(value, 0.0, relu && value <= 0.0);
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;

// What an invocation computes: pixels i, j .. j + 3 of channels o .. o + 3 of a group.
struct Place {
    image: u32,
    group: u32,
    o: u32,
    i: u32,
    j: u32,
}

fn place_of(workgroup: u32, lane: u32) -> Place {
    let tiles = (out_per_group + 3u) / 4u;
    let tile = workgroup % (groups * tiles);
    let quads = (out_width + 3u) / 4u;
    let at = workgroup / (groups * tiles) * LANES + lane;
    return Place(at / (quads * out_height), tile / tiles, tile % tiles * 4u, at / quads % out_height, at % quads * 4u);
}

// The four channels among all; past the edge of the group the last one is repeated, and what it gives is not stored.
fn channels_of(place: Place) -> vec4u {
    return place.group * out_per_group + min(place.o + NEXT, vec4u(out_per_group - 1u));
}

struct Tile {
    c0: vec4f,
    c1: vec4f,
    c2: vec4f,
    c3: vec4f,
}

fn patch_sums(place: Place, start: vec4f) -> Tile {
    let filters = channels_of(place) * (in_per_group * kernel_h * kernel_w);
    var tile = Tile(vec4f(start.x), vec4f(start.y), vec4f(start.z), vec4f(start.w));
    var at_w = 0u;
    for (var c = 0u; c < in_per_group; c++) {
        let plane = ((place.image * groups + place.group) * in_per_group + c) * height;
        for (var p = 0u; p < kernel_h; p++) {
            // Unsigned: a row above the image wraps round to one far below it.
            let row = place.i * stride_h + p * dilation_h - padding_h;
            if row >= height {
                at_w += kernel_w;
                continue;
            }
            let line = (plane + row) * width;
            for (var q = 0u; q < kernel_w; q++) {
                let columns = (place.j + NEXT) * stride_w + q * dilation_w - padding_w;
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

@compute @workgroup_size(LANES)
fn plain(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    let place = place_of(id.x + id.y * count.x, lane);
    if place.image >= batch {
        return;
    }
    let tile = patch_sums(place, vec4f(0.0));
    let channels = array(tile.c0, tile.c1, tile.c2, tile.c3);
    for (var a = 0u; a < 4u && place.o + a < out_per_group; a++) {
        let plane = (place.image * groups + place.group) * out_per_group + place.o + a;
        let line = (plane * out_height + place.i) * out_width;
        for (var b = 0u; b < 4u && place.j + b < out_width; b++) {
            y[line + place.j + b] = finished(channels[a][b]);
        }
    }
}

@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y_biased: array<f32>;

@compute @workgroup_size(LANES)
fn with_bias(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    let place = place_of(id.x + id.y * count.x, lane);
    if place.image >= batch {
        return;
    }
    let at = channels_of(place);
    let tile = patch_sums(place, vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]));
    let channels = array(tile.c0, tile.c1, tile.c2, tile.c3);
    for (var a = 0u; a < 4u && place.o + a < out_per_group; a++) {
        let plane = (place.image * groups + place.group) * out_per_group + place.o + a;
        let line = (plane * out_height + place.i) * out_width;
        for (var b = 0u; b < 4u && place.j + b < out_width; b++) {
            y_biased[line + place.j + b] = finished(channels[a][b]);
        }
    }
}
