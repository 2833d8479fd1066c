// y[n, t, i, j] = b[t] + sum of w[t, s, p, q] x[n, s, i stride + p dilation - padding, ..] over the channels s of t's group. An invocation
// computes 8 channels of a run of neighbouring pixels in registers; what one column of a filter has read the next one reads moved by one.
// Nothing is shared. The gradient of the images is such a convolution too where the stride is 1: with the filters turned by half, and
// t and s exchanged. Twin: cpu.rs.

override lanes: u32 = 16u;
override w_target: u32; // from the weights of one channel t to the next
override w_source: u32; // of one channel s
override w_group: u32;
override turned: bool; // whether the last weight of a filter comes first

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;

// What an invocation computes: pixels i, j .. of channels o .. o + 7 of a group.
struct Place {
    image: u32,
    group: u32,
    o: u32,
    i: u32,
    j: u32,
}

fn place_of(index: u32) -> Place {
    let runs = (out_width + COLUMNS - 1u) / COLUMNS;
    let tiles = (out_per_group + 7u) / 8u;
    let line = index / runs;
    let plane = line / out_height;
    let tile = plane % (groups * tiles);
    return Place(plane / (groups * tiles), tile / tiles, tile % tiles * 8u, line % out_height, index % runs * COLUMNS);
}

// A number of a line of x, zero outside of it. Unsigned: a column before the line wraps round to one far behind it; a line outside of the
// image ends at 0.
fn pixel(line: u32, column: u32, end: u32) -> f32 {
    return select(0.0, x[line + min(column, width - 1u)], column < end);
}

// From one pixel of a run to the next in x.
fn apart() -> u32 {
    return stride_w;
}

fn four(line: u32, column: u32, end: u32) -> vec4f {
    let columns = column + NEXT * stride_w;
    let at = line + min(columns, vec4u(width - 1u));
    return select(vec4f(0.0), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), columns < vec4u(end));
}

// The run that weight `q` meets, from the run before it.
fn next_run(before: Row, line: u32, start: u32, end: u32, q: u32) -> Row {
    if stride_w == 1u && dilation_w == 1u {
        return slide(before, pixel(line, start + COLUMNS + q - 1u, end));
    }
    return run(line, start + q * dilation_w, end);
}

struct Tile {
    r0: Row,
    r1: Row,
    r2: Row,
    r3: Row,
    r4: Row,
    r5: Row,
    r6: Row,
    r7: Row,
}

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    let place = place_of((id.x + id.y * count.x) * lanes + lane);
    if place.image >= batch {
        return;
    }
    // Past the edge of the group the last channel is repeated, and what it gives is not stored.
    let first = place.group * w_group + select(0u, kernel_h * kernel_w - 1u, turned);
    let last = vec4u(out_per_group - 1u);
    let near = first + min(place.o + NEXT, last) * w_target;
    let far = first + min(place.o + 4u + NEXT, last) * w_target;
    var t: Tile;
    let start = place.j * stride_w - padding_w;
    for (var s = 0u; s < in_per_group; s++) {
        let plane = ((place.image * groups + place.group) * in_per_group + s) * height;
        for (var p = 0u; p < kernel_h; p++) {
            // Unsigned: a row above the image wraps round to one far below it.
            let row = place.i * stride_h + p * dilation_h - padding_h;
            let tap = p * kernel_w;
            let at = s * w_source + select(tap, 0u - tap, turned);
            t = line_of(t, (plane + min(row, height - 1u)) * width, start, select(0u, width, row < height), near + at, far + at);
        }
    }
    // A loop, so that what stores is compiled once.
    var rows = array(t.r0, t.r1, t.r2, t.r3, t.r4, t.r5, t.r6, t.r7);
    for (var i = 0u; i < 8u; i++) {
        put_run(place, place.o + i, place.j, rows[i]);
    }
}
