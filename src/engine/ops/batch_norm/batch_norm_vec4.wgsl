// Batch normalisation of channels that lie in whole vectors: an invocation computes `quads` of them, all of one channel. Twin: cpu.rs.

override batch: u32;
override channels: u32;
override inner: u32;
override count: u32 = batch * inner; // numbers of a channel that its sums are of
override eps: f32;
override relu: bool;
override quads: u32; // a divisor of those of a channel

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> stats: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let first = (id.x + id.y * groups.x * 64u) * quads;
    if first >= batch * channels * inner / 4u {
        return;
    }
    let channel = (first / (inner / 4u)) % channels;
    let center = stats[channel];
    let scale = weight[channel] / sqrt(stats[channels + channel] + eps);
    let shift = bias[channel];
    for (var i = first; i < first + quads; i++) {
        let value = (x[i] - center) * scale + shift;
        // Asked so that a NaN stays one.
        y[i] = select(value, vec4f(0.0), (value <= vec4f(0.0)) & vec4<bool>(relu));
    }
}

@group(0) @binding(3) var<storage, read> gy: array<vec4f>;
@group(0) @binding(4) var<storage, read> sum_products: array<f32>; // the gradient of the weight
@group(0) @binding(5) var<storage, read> sums: array<f32>; // of gy, a channel each
@group(0) @binding(6) var<storage, read_write> gx: array<vec4f>;

@compute @workgroup_size(64)
fn input_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let first = (id.x + id.y * groups.x * 64u) * quads;
    if first >= batch * channels * inner / 4u {
        return;
    }
    let channel = (first / (inner / 4u)) % channels;
    let inverse = 1.0 / sqrt(stats[channels + channel] + eps);
    let center = stats[channel];
    let scale = weight[channel] * inverse;
    let mean = sums[channel] / f32(count);
    let product = sum_products[channel] / f32(count);
    for (var i = first; i < first + quads; i++) {
        gx[i] = scale * (gy[i] - mean - (x[i] - center) * inverse * product);
    }
}
