// y[c] = sum of x[n, c, i] over n and i; twin: cpu.rs.

override batch: u32;
override channels: u32;
override inner: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

const SIZE: u32 = 64u;
var<workgroup> sums: array<f32, SIZE>;

// A workgroup a channel.
@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = id.x + id.y * groups.x;
    if channel >= channels {
        return;
    }
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

// An invocation a channel of x[n, c]: neighbours read neighbours.
@compute @workgroup_size(SIZE)
fn rows(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let channel = id.x + id.y * groups.x * SIZE;
    if channel >= channels {
        return;
    }
    var sum = 0.0;
    for (var image = 0u; image < batch; image++) {
        sum += x[image * channels + channel];
    }
    y[channel] = sum;
}
