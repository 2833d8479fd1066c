// gx[n, c, r, s] where the stride is more than 1: pixels whose distance from the first patch leaves the same rest meet the same weights, every
// stride-th one, and neighbours among them meet neighbours of gy. An invocation computes 8 channels of a run of such pixels in registers;
// nothing is shared. For a dilation of 1. Twin: cpu.rs, input_grad.

override lanes: u32 = 16u;

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>; // gy
@group(0) @binding(2) var<storage, read_write> gx: array<f32>;

// What an invocation computes: pixels (i stride_h + down, (j ..) stride_w + right) of channels c .. c + 7 of a group.
struct Place {
    image: u32,
    group: u32,
    c: u32,
    i: u32,
    j: u32,
    down: u32,
    right: u32,
}

fn place_of(index: u32) -> Place {
    let runs = ((width + stride_w - 1u) / stride_w + COLUMNS - 1u) / COLUMNS;
    let rows = (height + stride_h - 1u) / stride_h;
    let tiles = (in_per_group + 7u) / 8u;
    let line = index / runs;
    let class_index = line / rows % (stride_h * stride_w);
    let plane = line / rows / (stride_h * stride_w);
    let tile = plane % (groups * tiles);
    return Place(
        plane / (groups * tiles),
        tile / tiles,
        tile % tiles * 8u,
        line % rows,
        index % runs * COLUMNS,
        class_index / stride_w,
        class_index % stride_w,
    );
}

// Unsigned: a column before the line wraps round to one far behind it.
fn apart() -> u32 {
    return 1u;
}

fn four(line: u32, column: u32, end: u32) -> vec4f {
    let columns = column + NEXT;
    let at = line + min(columns, vec4u(out_width - 1u));
    return select(vec4f(0.0), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), columns < vec4u(end));
}

fn put_four(place: Place, channel: u32, start: u32, value: vec4f) {
    let row = place.i * stride_h + place.down;
    if channel >= in_per_group || row >= height {
        return;
    }
    let line = (((place.image * groups + place.group) * in_per_group + channel) * height + row) * width;
    for (var i = 0u; i < 4u; i++) {
        let column = (start + i) * stride_w + place.right;
        if column < width {
            gx[line + column] = value[i];
        }
    }
}

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    let place = place_of((id.x + id.y * count.x) * lanes + lane);
    if place.image >= batch {
        return;
    }
    let taps = kernel_h * kernel_w;
    // Past the edge of the group the last channel is repeated, and what it gives is not stored.
    let near = min(place.c + NEXT, vec4u(in_per_group - 1u)) * taps;
    let far = min(place.c + 4u + NEXT, vec4u(in_per_group - 1u)) * taps;
    var r0 = row_of(0.0);
    var r1 = row_of(0.0);
    var r2 = row_of(0.0);
    var r3 = row_of(0.0);
    var r4 = row_of(0.0);
    var r5 = row_of(0.0);
    var r6 = row_of(0.0);
    var r7 = row_of(0.0);
    let first_p = (place.down + padding_h) % stride_h;
    let first_q = (place.right + padding_w) % stride_w;
    for (var o = 0u; o < out_per_group; o++) {
        let plane = ((place.image * groups + place.group) * out_per_group + o) * out_height;
        let weights = (place.group * out_per_group + o) * in_per_group * taps;
        for (var p = first_p; p < kernel_h; p += stride_h) {
            // Unsigned: a row above the first patch wraps round to one far below the last.
            let row = place.i + (place.down + padding_h - first_p) / stride_h - (p - first_p) / stride_h;
            if row >= out_height {
                continue;
            }
            let line = (plane + row) * out_width;
            for (var q = first_q; q < kernel_w; q += stride_w) {
                let pixels = run(line, place.j + (place.right + padding_w - first_q) / stride_w - (q - first_q) / stride_w, out_width);
                let at = weights + p * kernel_w + q;
                r0 = mad(r0, w[near.x + at], pixels);
                r1 = mad(r1, w[near.y + at], pixels);
                r2 = mad(r2, w[near.z + at], pixels);
                r3 = mad(r3, w[near.w + at], pixels);
                r4 = mad(r4, w[far.x + at], pixels);
                r5 = mad(r5, w[far.y + at], pixels);
                r6 = mad(r6, w[far.z + at], pixels);
                r7 = mad(r7, w[far.w + at], pixels);
            }
        }
    }
    // A loop, so that what stores is compiled once.
    var rows = array(r0, r1, r2, r3, r4, r5, r6, r7);
    for (var i = 0u; i < 8u; i++) {
        put_run(place, place.c + i, place.j, rows[i]);
    }
}
