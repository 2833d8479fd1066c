// y[c] = sum of x[n, c, i] over n and i; a workgroup a channel; twin: cpu.rs.

override batch: u32;
override channels: u32;
override inner: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

const SIZE: u32 = 64u;
var<workgroup> sums: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x;
    var sum = 0.0;
    if inner >= SIZE {
        for (var image = 0u; image < batch; image++) {
            let start = (image * channels + channel) * inner;
            for (var i = lane; i < inner; i += SIZE) {
                sum += x[start + i];
            }
        }
    } else {
        for (var image = lane; image < batch; image += SIZE) {
            let start = (image * channels + channel) * inner;
            for (var i = 0u; i < inner; i++) {
                sum += x[start + i];
            }
        }
    }
    sums[lane] = sum;
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            sums[lane] += sums[lane + half];
        }
    }
    if lane == 0u {
        y[channel] = sums[0];
    }
}
