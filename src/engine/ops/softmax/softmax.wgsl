// Softmax and its logarithm over the channels, and their gradients; twin: cpu.rs. x is [batch, channels, inner]; an invocation owns the
// channels of one place.

override batch: u32;
override channels: u32;
override inner: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

// The first number of column `i`; the next ones lie `inner` apart.
fn start(i: u32) -> u32 {
    return (i / inner) * channels * inner + i % inner;
}

fn largest(first: u32) -> f32 {
    var top = x[first];
    for (var c = 1u; c < channels; c++) {
        top = max(top, x[first + c * inner]);
    }
    return top;
}

fn sum_of_exponentials(first: u32, top: f32) -> f32 {
    var sum = 0.0;
    for (var c = 0u; c < channels; c++) {
        sum += exp(x[first + c * inner] - top);
    }
    return sum;
}

@compute @workgroup_size(64)
fn softmax(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * inner {
        return;
    }
    let first = start(i);
    let top = largest(first);
    let sum = sum_of_exponentials(first, top);
    for (var c = 0u; c < channels; c++) {
        let at = first + c * inner;
        y[at] = exp(x[at] - top) / sum;
    }
}

@compute @workgroup_size(64)
fn log_softmax(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * inner {
        return;
    }
    let first = start(i);
    let top = largest(first);
    let log_sum = log(sum_of_exponentials(first, top));
    for (var c = 0u; c < channels; c++) {
        let at = first + c * inner;
        y[at] = x[at] - top - log_sum;
    }
}

// The others read y (binding 0, here called x) and a direction v.
@group(0) @binding(1) var<storage, read> v: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

// y (v - sum y v): gradient and tangent alike, for the Jacobian is symmetric.
@compute @workgroup_size(64)
fn softmax_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * inner {
        return;
    }
    let first = start(i);
    var sum = 0.0;
    for (var c = 0u; c < channels; c++) {
        sum += x[first + c * inner] * v[first + c * inner];
    }
    for (var c = 0u; c < channels; c++) {
        let at = first + c * inner;
        result[at] = x[at] * (v[at] - sum);
    }
}

// v - exp(y) sum v.
@compute @workgroup_size(64)
fn log_softmax_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * inner {
        return;
    }
    let first = start(i);
    var sum = 0.0;
    for (var c = 0u; c < channels; c++) {
        sum += v[first + c * inner];
    }
    for (var c = 0u; c < channels; c++) {
        let at = first + c * inner;
        result[at] = v[at] - exp(x[at]) * sum;
    }
}

// v - sum exp(y) v.
@compute @workgroup_size(64)
fn log_softmax_tangent(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * inner {
        return;
    }
    let first = start(i);
    var sum = 0.0;
    for (var c = 0u; c < channels; c++) {
        sum += exp(x[first + c * inner]) * v[first + c * inner];
    }
    for (var c = 0u; c < channels; c++) {
        let at = first + c * inner;
        result[at] = v[at] - sum;
    }
}
