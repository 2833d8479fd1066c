// Numbers scaled and shifted by channel, and the sums that are their gradients; twin: cpu.rs. x is [batch, channels, inner].

override batch: u32;
override channels: u32;
override inner: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> factor: array<f32>;

@group(0) @binding(2) var<storage, read> shift: array<f32>;
@group(0) @binding(3) var<storage, read_write> shifted: array<f32>;

// y[n, c, i] = x[n, c, i] * factor[c] + shift[c].
@compute @workgroup_size(64)
fn affine(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    let channel = (i / inner) % channels;
    shifted[i] = x[i] * factor[channel] + shift[channel];
}

@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// y[n, c, i] = x[n, c, i] * factor[n, c].
@compute @workgroup_size(64)
fn scale(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    y[i] = x[i] * factor[i / inner];
}

const LANES = 64u;
var<workgroup> sums: array<f32, LANES>;

fn total(lane: u32, own: f32) -> f32 {
    sums[lane] = own;
    workgroupBarrier();
    for (var reach = LANES / 2u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            sums[lane] += sums[lane + reach];
        }
        workgroupBarrier();
    }
    return sums[0];
}

// y[c] = sum over n and i of x[n, c, i] * factor[n, c, i]; a workgroup a channel.
@compute @workgroup_size(LANES)
fn channel_dot(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let channel = group.x + group.y * groups.x;
    if channel >= channels {
        return;
    }
    var own = 0.0;
    for (var k = lane; k < batch * inner; k += LANES) {
        let at = ((k / inner) * channels + channel) * inner + k % inner;
        own += x[at] * factor[at];
    }
    let all = total(lane, own);
    if lane == 0u {
        y[channel] = all;
    }
}

// y[n, c] = sum over i of x[n, c, i] * factor[n, c, i]; a workgroup a row.
@compute @workgroup_size(LANES)
fn row_dot(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let row = group.x + group.y * groups.x;
    if row >= batch * channels {
        return;
    }
    var own = 0.0;
    for (var k = lane; k < inner; k += LANES) {
        own += x[row * inner + k] * factor[row * inner + k];
    }
    let all = total(lane, own);
    if lane == 0u {
        y[row] = all;
    }
}
