// Batch normalisation and its gradients; twin: cpu.rs. x is [batch, channels, inner]. Where there are
// sums a workgroup owns a channel, and every sum is taken in the same order each time.

override batch: u32;
override channels: u32;
override inner: u32;
override count: u32 = batch * inner; // numbers of a channel that its sums are of
override eps: f32;

const LANES = 128u;

var<workgroup> shared_sums: array<vec2f, LANES>;

@group(0) @binding(0) var<storage, read> x: array<f32>;

// The sum of what all invocations bring.
fn total(lane: u32, own: vec2f) -> vec2f {
    shared_sums[lane] = own;
    workgroupBarrier();
    for (var reach = LANES / 2u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            shared_sums[lane] += shared_sums[lane + reach];
        }
        workgroupBarrier();
    }
    let all = shared_sums[0];
    workgroupBarrier();
    return all;
}

// Where the channel lies in an image, and which of its numbers an invocation visits: all images, and of each every so many numbers; or, if an
// image has few, all numbers of every so many images.
struct Walk {
    image: u32,
    images: u32,
    number: u32,
    numbers: u32,
}

fn walk(lane: u32) -> Walk {
    if inner >= LANES / 2u {
        return Walk(0u, 1u, lane, LANES);
    }
    return Walk(lane, LANES, 0u, 1u);
}

@group(0) @binding(1) var<storage, read_write> measured: array<f32>;

// Mean and variance (divided by n) of every channel, all means first, in two passes; the second also tells what rounding did to the mean.
@compute @workgroup_size(LANES)
fn moments(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x + group.y * groups.x;
    if channel >= channels {
        return;
    }
    let count = f32(batch * inner);
    let steps = walk(lane);
    var own = 0.0;
    for (var image = steps.image; image < batch; image += steps.images) {
        let start = (image * channels + channel) * inner;
        for (var i = steps.number; i < inner; i += steps.numbers) {
            own += x[start + i];
        }
    }
    let rough = total(lane, vec2f(own, 0.0)).x / count;
    var deviations = vec2f(0.0);
    for (var image = steps.image; image < batch; image += steps.images) {
        let start = (image * channels + channel) * inner;
        for (var i = steps.number; i < inner; i += steps.numbers) {
            let deviation = x[start + i] - rough;
            deviations += vec2f(deviation, deviation * deviation);
        }
    }
    let m = total(lane, deviations) / count;
    if lane == 0u {
        measured[channel] = rough + m.x;
        let variance = m.y - m.x * m.x;
        measured[channels + channel] = select(variance, 0.0, variance < 0.0);
    }
}

// What was measured, one half of it: x are the moments.
override second: bool;

@compute @workgroup_size(64)
fn half_of(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i < channels {
        measured[i] = x[i + select(0u, channels, second)];
    }
}

@group(0) @binding(1) var<storage, read> stats: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override relu: bool;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    let channel = (i / inner) % channels;
    let scale = weight[channel] / sqrt(stats[channels + channel] + eps);
    let value = (x[i] - stats[channel]) * scale + bias[channel];
    // Asked so that a NaN stays one.
    y[i] = select(value, 0.0, relu && value <= 0.0);
}

@group(0) @binding(2) var<storage, read> weight_gy: array<f32>;
@group(0) @binding(3) var<storage, read_write> gw: array<f32>;

// With x' = (x - mean) / sqrt(var + eps): gw = sum of gy x'.
@compute @workgroup_size(LANES)
fn weight_grad(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x + group.y * groups.x;
    if channel >= channels {
        return;
    }
    let center = stats[channel];
    let steps = walk(lane);
    var own = 0.0;
    for (var image = steps.image; image < batch; image += steps.images) {
        let start = (image * channels + channel) * inner;
        for (var i = steps.number; i < inner; i += steps.numbers) {
            own += weight_gy[start + i] * (x[start + i] - center);
        }
    }
    let all = total(lane, vec2f(own, 0.0)).x;
    if lane == 0u {
        gw[channel] = all / sqrt(stats[channels + channel] + eps);
    }
}

@group(0) @binding(3) var<storage, read> gy: array<f32>;
@group(0) @binding(4) var<storage, read> sum_products: array<f32>; // gw
@group(0) @binding(5) var<storage, read> sums: array<f32>; // of gy, a channel each
@group(0) @binding(6) var<storage, read_write> gx: array<f32>;

// gx = w / sqrt(var + eps) * (gy - mean(gy) - x' mean(gy x')).
@compute @workgroup_size(64)
fn input_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    let channel = (i / inner) % channels;
    let inverse = 1.0 / sqrt(stats[channels + channel] + eps);
    let unit = (x[i] - stats[channel]) * inverse;
    gx[i] = weight[channel] * inverse * (gy[i] - sums[channel] / f32(count) - unit * (sum_products[channel] / f32(count)));
}

// With a given mean and variance: one invocation a number.
@group(0) @binding(1) var<storage, read> given_mean: array<f32>;
@group(0) @binding(2) var<storage, read> given_variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> normal: array<f32>;

@compute @workgroup_size(64)
fn given(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    let channel = (i / inner) % channels;
    normal[i] = (x[i] - given_mean[channel]) / sqrt(given_variance[channel] + eps);
}
