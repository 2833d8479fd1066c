// The product of A and B where both come in blocks (a_block, b_block) and go in quads (put): a workgroup of 64 invocations computes a
// tile of 64 x 64, 8 x 8 each, from stretches of 16 of k in workgroup memory; for devices where that is fast. Twin: cpu.rs.

var<workgroup> left: array<vec4f, 256>; // 16 numbers of k by 16 quads of rows
var<workgroup> right: array<vec4f, 256>; // 16 numbers of k by 16 quads of columns

// What the present workgroup computes: its group where there are several products, and its part of k.
var<private> group: u32;

struct Quarter {
    r0: vec4f,
    r1: vec4f,
    r2: vec4f,
    r3: vec4f,
}

fn mad(q: Quarter, a: vec4f, b: vec4f) -> Quarter {
    return Quarter(q.r0 + a.x * b, q.r1 + a.y * b, q.r2 + a.z * b, q.r3 + a.w * b);
}

fn put_quarter(row: u32, column: u32, q: Quarter, split: u32) {
    put(row, column, q.r0, split);
    put(row + 1u, column, q.r1, split);
    put(row + 2u, column, q.r2, split);
    put(row + 3u, column, q.r3, split);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    group = id.z;
    let workgroup = id.x + id.y * count.x;
    let across = (n + 63u) / 64u;
    let down = (m + 63u) / 64u;
    let row = workgroup / across % down * 64u;
    let column = workgroup % across * 64u;
    let split = workgroup / across / down;
    if split * chunk >= k {
        return;
    }
    // Neighbours fetch neighbours: along k or across it.
    let a_place = select(vec2u(lane % 16u, lane / 16u), vec2u(lane / 4u, lane % 4u), a_along_k);
    let b_place = select(vec2u(lane % 16u, lane / 16u), vec2u(lane / 4u, lane % 4u), b_along_k);
    let i = lane / 8u;
    let j = lane % 8u;
    var q00: Quarter;
    var q01: Quarter;
    var q10: Quarter;
    var q11: Quarter;
    let end = min(k, (split + 1u) * chunk);
    for (var start = split * chunk; start < end; start += 16u) {
        let a_at = start + a_place.y * 4u;
        let a4 = transpose(a_block(row + a_place.x * 4u, min(a_at, k - 1u) / 4u * 4u));
        let b_at = start + b_place.y * 4u;
        let b4 = b_block(min(b_at, k - 1u) / 4u * 4u, column + b_place.x * 4u);
        for (var l = 0u; l < 4u; l++) {
            left[(a_place.y * 4u + l) * 16u + a_place.x] = select(vec4f(0.0), a4[l], a_at < k);
            right[(b_place.y * 4u + l) * 16u + b_place.x] = b4[l];
        }
        workgroupBarrier();
        for (var l = 0u; l < 16u; l++) {
            let top = left[l * 16u + i];
            let bottom = left[l * 16u + i + 8u];
            let near = right[l * 16u + j];
            let far = right[l * 16u + j + 8u];
            q00 = mad(q00, top, near);
            q01 = mad(q01, top, far);
            q10 = mad(q10, bottom, near);
            q11 = mad(q11, bottom, far);
        }
        workgroupBarrier();
    }
    put_quarter(row + i * 4u, column + j * 4u, q00, split);
    put_quarter(row + i * 4u, column + 32u + j * 4u, q01, split);
    put_quarter(row + 32u + i * 4u, column + j * 4u, q10, split);
    put_quarter(row + 32u + i * 4u, column + 32u + j * 4u, q11, split);
}
