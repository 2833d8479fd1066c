// y[n, c, i] = x[n, c, i] + b[c], and y[n, c, i] = b[c]; twins: cpu.rs.

override n: u32; // all numbers of y
override channels: u32;
override inner: u32; // numbers of one channel of one image

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i < n {
        y[i] = x[i] + b[i / inner % channels];
    }
}

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> expanded: array<f32>;

@compute @workgroup_size(64)
fn expand(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i < n {
        expanded[i] = values[i / inner % channels];
    }
}
