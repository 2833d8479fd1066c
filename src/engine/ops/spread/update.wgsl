// The norm of an update by the norm of what was updated: |after - before| / |before|; twin: update_ratio in cpu.rs. One workgroup.

@group(0) @binding(0) var<storage, read> before: array<f32>;
@group(0) @binding(1) var<storage, read> after: array<f32>;
@group(0) @binding(2) var<storage, read_write> ratio: array<f32>;

var<workgroup> sums: array<vec2f, 256>;

@compute @workgroup_size(256)
fn update_ratio(@builtin(local_invocation_index) lane: u32) {
    var sum = vec2f(0.0);
    for (var i = lane; i < arrayLength(&after); i += 256u) {
        let change = after[i] - before[i];
        sum += vec2f(change * change, before[i] * before[i]);
    }
    sums[lane] = sum;
    workgroupBarrier();
    for (var reach = 128u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            sums[lane] += sums[lane + reach];
        }
        workgroupBarrier();
    }
    if lane == 0u {
        // Where everything was 0 there is no ratio; 0 is told.
        ratio[0] = select(0.0, sqrt(sums[0].x / sums[0].y), sums[0].y > 0.0);
    }
}
