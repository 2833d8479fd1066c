// Batch normalisation and its gradients; twin: cpu.rs. x is [batch, channels, inner]. In training a workgroup owns a channel, and
// its invocations stride over the channel's numbers; every sum is taken in the same order each time.

override batch: u32;
override channels: u32;
override inner: u32;
override eps: f32;

const LANES = 128u;

var<workgroup> sums: array<vec2f, LANES>;

@group(0) @binding(0) var<storage, read> x: array<f32>;

// The place of number `k` of a channel.
fn place(channel: u32, k: u32) -> u32 {
    return ((k / inner) * channels + channel) * inner + k % inner;
}

// The sum of what all invocations bring.
fn total(lane: u32, own: vec2f) -> vec2f {
    sums[lane] = own;
    workgroupBarrier();
    for (var reach = LANES / 2u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            sums[lane] += sums[lane + reach];
        }
        workgroupBarrier();
    }
    let all = sums[0];
    workgroupBarrier();
    return all;
}

// Mean and variance (divided by n) of a channel, in two passes; the second also tells what rounding did to the mean.
fn moments(channel: u32, lane: u32) -> vec2f {
    let count = batch * inner;
    var own = 0.0;
    for (var k = lane; k < count; k += LANES) {
        own += x[place(channel, k)];
    }
    let rough = total(lane, vec2f(own, 0.0)).x / f32(count);
    var deviations = vec2f(0.0);
    for (var k = lane; k < count; k += LANES) {
        let deviation = x[place(channel, k)] - rough;
        deviations += vec2f(deviation, deviation * deviation);
    }
    let m = total(lane, deviations) / f32(count);
    return vec2f(rough + m.x, max(m.y - m.x * m.x, 0.0));
}

@group(0) @binding(1) var<storage, read_write> measured: array<f32>;

@compute @workgroup_size(LANES)
fn mean(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x + group.y * groups.x;
    if channel >= channels {
        return;
    }
    let m = moments(channel, lane);
    if lane == 0u {
        measured[channel] = m.x;
    }
}

@compute @workgroup_size(LANES)
fn variance(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x + group.y * groups.x;
    if channel >= channels {
        return;
    }
    let m = moments(channel, lane);
    if lane == 0u {
        measured[channel] = m.y;
    }
}

@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(LANES)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x + group.y * groups.x;
    if channel >= channels {
        return;
    }
    let m = moments(channel, lane);
    let scale = weight[channel] / sqrt(m.y + eps);
    for (var k = lane; k < batch * inner; k += LANES) {
        let at = place(channel, k);
        y[at] = (x[at] - m.x) * scale + bias[channel];
    }
}

@group(0) @binding(2) var<storage, read> gy: array<f32>;
@group(0) @binding(3) var<storage, read_write> gx: array<f32>;

// With x' = (x - mean) / sqrt(var + eps): gx = w / sqrt(var + eps) * (gy - mean(gy) - x' mean(gy x')).
@compute @workgroup_size(LANES)
fn input_grad(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x + group.y * groups.x;
    if channel >= channels {
        return;
    }
    let count = batch * inner;
    let m = moments(channel, lane);
    let inverse = 1.0 / sqrt(m.y + eps);
    var own = vec2f(0.0);
    for (var k = lane; k < count; k += LANES) {
        let at = place(channel, k);
        own += gy[at] * vec2f(1.0, (x[at] - m.x) * inverse);
    }
    let means = total(lane, own) / f32(count);
    let scale = weight[channel] * inverse;
    for (var k = lane; k < count; k += LANES) {
        let at = place(channel, k);
        gx[at] = scale * (gy[at] - means.x - (x[at] - m.x) * inverse * means.y);
    }
}

@group(0) @binding(1) var<storage, read> weight_gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gw: array<f32>;

// gw = sum of gy x'.
@compute @workgroup_size(LANES)
fn weight_grad(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x + group.y * groups.x;
    if channel >= channels {
        return;
    }
    let m = moments(channel, lane);
    let inverse = 1.0 / sqrt(m.y + eps);
    var own = 0.0;
    for (var k = lane; k < batch * inner; k += LANES) {
        let at = place(channel, k);
        own += weight_gy[at] * (x[at] - m.x) * inverse;
    }
    let all = total(lane, vec2f(own, 0.0));
    if lane == 0u {
        gw[channel] = all.x;
    }
}

// With a given mean and variance: one invocation a number.
@group(0) @binding(1) var<storage, read> given_mean: array<f32>;
@group(0) @binding(2) var<storage, read> given_variance: array<f32>;

@compute @workgroup_size(64)
fn given(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    let channel = (i / inner) % channels;
    y[i] = (x[i] - given_mean[channel]) / sqrt(given_variance[channel] + eps);
}
