// The same as tiled_64.wgsl for small products: a workgroup of 64 invocations computes a tile of 32 x 32, 4 x 4 each. Twin: cpu.rs.

var<workgroup> left: array<vec4f, 128>; // 16 numbers of k by 8 quads of rows
var<workgroup> right: array<vec4f, 128>; // 16 numbers of k by 8 quads of columns

// What the present workgroup computes: its group where there are several products.
var<private> group: u32;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    group = id.z;
    let workgroup = id.x + id.y * count.x;
    let across = (n + 31u) / 32u;
    let down = (m + 31u) / 32u;
    let row = workgroup / across % down * 32u;
    let column = workgroup % across * 32u;
    let split = workgroup / across / down;
    if split * chunk >= k {
        return;
    }
    // One half fetches of A, the other of B; neighbours fetch neighbours, along k or across it.
    let fetches_a = lane < 32u;
    let along_k = select(b_along_k, a_along_k, fetches_a);
    let own = lane % 32u;
    let place = select(vec2u(own % 8u, own / 8u), vec2u(own / 4u, own % 4u), along_k);
    let i = lane / 8u;
    let j = lane % 8u;
    var r0: vec4f;
    var r1: vec4f;
    var r2: vec4f;
    var r3: vec4f;
    let end = min(k, (split + 1u) * chunk);
    for (var start = split * chunk; start < end; start += 16u) {
        let at = start + place.y * 4u;
        let inside = min(at, k - 1u) / 4u * 4u;
        if fetches_a {
            let a4 = transpose(a_block(row + place.x * 4u, inside));
            for (var l = 0u; l < 4u; l++) {
                left[(place.y * 4u + l) * 8u + place.x] = select(vec4f(0.0), a4[l], at < k);
            }
        } else {
            let b4 = b_block(inside, column + place.x * 4u);
            for (var l = 0u; l < 4u; l++) {
                right[(place.y * 4u + l) * 8u + place.x] = b4[l];
            }
        }
        workgroupBarrier();
        for (var l = 0u; l < 16u; l++) {
            let four = left[l * 8u + i];
            let line = right[l * 8u + j];
            r0 += four.x * line;
            r1 += four.y * line;
            r2 += four.z * line;
            r3 += four.w * line;
        }
        workgroupBarrier();
    }
    put(row + i * 4u, column + j * 4u, r0, split);
    put(row + i * 4u + 1u, column + j * 4u, r1, split);
    put(row + i * 4u + 2u, column + j * 4u, r2, split);
    put(row + i * 4u + 3u, column + j * 4u, r3, split);
}
