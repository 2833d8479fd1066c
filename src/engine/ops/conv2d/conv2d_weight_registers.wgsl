// gw[o, c, p, q] = sum of gy[n, o, i, j] x[n, c, i s + p d - P, j s + q d - P] over n, i, j. An invocation sums, in registers, 16
// neighbouring weights of 8 filters over some lines (n, i), four pixels at a time; parts of the sum lie one after the other. Nothing is
// shared. Twin: cpu.rs, weight_grad.

override lanes: u32 = 4u;
override lines: u32; // that one invocation sums over

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gw: array<f32>;

const TAPS: u32 = 16u;

// Four neighbouring weights of a filter: their channels, and where they meet the image in the patch at (0, 0).
struct Taps {
    channel: vec4u,
    down: vec4u,
    right: vec4u,
}

fn taps_from(first: u32) -> Taps {
    let taps = min(first + NEXT, vec4u(in_per_group * kernel_h * kernel_w - 1u));
    return Taps(
        taps / (kernel_h * kernel_w),
        taps / kernel_w % kernel_h * dilation_h - padding_h,
        taps % kernel_w * dilation_w - padding_w,
    );
}

fn four(line: u32, columns: vec4u, inside: bool) -> vec4f {
    let at = line + min(columns, vec4u(width - 1u));
    return select(vec4f(0.0), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), (columns < vec4u(width)) & vec4<bool>(inside));
}

// A column for each of the four weights: what it meets in the patches (i, j) .. (i, j + 3), of which `columns` are the leftmost pixels.
// Unsigned: what is before the image wraps round to far behind it.
fn pixels(taps: Taps, image: u32, top: u32, columns: vec4u) -> mat4x4f {
    let rows = taps.down + top;
    let inside = rows < vec4u(height);
    let at = ((image * in_per_group + taps.channel) * height + min(rows, vec4u(height - 1u))) * width;
    return mat4x4f(
        four(at.x, columns + taps.right.x, inside.x),
        four(at.y, columns + taps.right.y, inside.y),
        four(at.z, columns + taps.right.z, inside.z),
        four(at.w, columns + taps.right.w, inside.w),
    );
}

// The same of gy: zero past the end of the line.
fn gradients(line: u32, column: u32) -> vec4f {
    let columns = column + NEXT;
    let at = line + min(columns, vec4u(out_width - 1u));
    return select(vec4f(0.0), vec4f(gy[at.x], gy[at.y], gy[at.z], gy[at.w]), columns < vec4u(out_width));
}

struct Row {
    c0: vec4f,
    c1: vec4f,
    c2: vec4f,
    c3: vec4f,
}

fn put_four(at: u32, tap: u32, value: vec4f) {
    for (var i = 0u; i < 4u; i++) {
        if tap + i < in_per_group * kernel_h * kernel_w {
            gw[at + tap + i] = value[i];
        }
    }
}

fn put_row(split: u32, group: u32, o: u32, tap: u32, row: Row) {
    if o >= out_per_group {
        return;
    }
    let at = ((split * groups + group) * out_per_group + o) * in_per_group * kernel_h * kernel_w;
    put_four(at, tap, row.c0);
    put_four(at, tap + 4u, row.c1);
    put_four(at, tap + 8u, row.c2);
    put_four(at, tap + 12u, row.c3);
}

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    let index = (id.x + id.y * count.x) * lanes + lane;
    let runs = (in_per_group * kernel_h * kernel_w + TAPS - 1u) / TAPS;
    let tiles = (out_per_group + 7u) / 8u;
    let tap = index % runs * TAPS;
    let o = index / runs % tiles * 8u;
    let group = index / runs / tiles % groups;
    let split = index / runs / tiles / groups;
    let first = split * lines;
    if first >= batch * out_height {
        return;
    }
    let t0 = taps_from(tap);
    let t1 = taps_from(tap + 4u);
    let t2 = taps_from(tap + 8u);
    let t3 = taps_from(tap + 12u);
    // Past the edge of the group the last filter is repeated, and what it gives is not stored.
    let near = min(o + NEXT, vec4u(out_per_group - 1u)) * out_height * out_width;
    let far = min(o + 4u + NEXT, vec4u(out_per_group - 1u)) * out_height * out_width;
    var r0: Row;
    var r1: Row;
    var r2: Row;
    var r3: Row;
    var r4: Row;
    var r5: Row;
    var r6: Row;
    var r7: Row;
    let end = min(first + lines, batch * out_height);
    for (var line = first; line < end; line++) {
        let i = line % out_height;
        let image = line / out_height * groups + group;
        let start = (image * out_per_group * out_height + i) * out_width;
        for (var j = 0u; j < out_width; j += 4u) {
            let columns = (j + NEXT) * stride_w;
            let m0 = pixels(t0, image, i * stride_h, columns);
            let m1 = pixels(t1, image, i * stride_h, columns);
            let m2 = pixels(t2, image, i * stride_h, columns);
            let m3 = pixels(t3, image, i * stride_h, columns);
            let g0 = gradients(start + near.x, j);
            r0 = Row(r0.c0 + g0 * m0, r0.c1 + g0 * m1, r0.c2 + g0 * m2, r0.c3 + g0 * m3);
            let g1 = gradients(start + near.y, j);
            r1 = Row(r1.c0 + g1 * m0, r1.c1 + g1 * m1, r1.c2 + g1 * m2, r1.c3 + g1 * m3);
            let g2 = gradients(start + near.z, j);
            r2 = Row(r2.c0 + g2 * m0, r2.c1 + g2 * m1, r2.c2 + g2 * m2, r2.c3 + g2 * m3);
            let g3 = gradients(start + near.w, j);
            r3 = Row(r3.c0 + g3 * m0, r3.c1 + g3 * m1, r3.c2 + g3 * m2, r3.c3 + g3 * m3);
            let g4 = gradients(start + far.x, j);
            r4 = Row(r4.c0 + g4 * m0, r4.c1 + g4 * m1, r4.c2 + g4 * m2, r4.c3 + g4 * m3);
            let g5 = gradients(start + far.y, j);
            r5 = Row(r5.c0 + g5 * m0, r5.c1 + g5 * m1, r5.c2 + g5 * m2, r5.c3 + g5 * m3);
            let g6 = gradients(start + far.z, j);
            r6 = Row(r6.c0 + g6 * m0, r6.c1 + g6 * m1, r6.c2 + g6 * m2, r6.c3 + g6 * m3);
            let g7 = gradients(start + far.w, j);
            r7 = Row(r7.c0 + g7 * m0, r7.c1 + g7 * m1, r7.c2 + g7 * m2, r7.c3 + g7 * m3);
        }
    }
    // A loop, so that what stores is compiled once.
    var rows = array(r0, r1, r2, r3, r4, r5, r6, r7);
    for (var i = 0u; i < 8u; i++) {
        put_row(split, group, o + i, tap, rows[i]);
    }
}
