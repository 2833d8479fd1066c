// The sum of the parts of a product (splits of k), one after the other in the order of k, with a number added to each column if there is a
// bias. Twin: cpu.rs.

override n: u32; // numbers of the product
override columns: u32;
override splits: u32;
override relu: bool;

@group(0) @binding(0) var<storage, read> parts: array<f32>;

fn finished(value: f32) -> f32 {
    // Asked so that a NaN stays one.
    return select(value, 0.0, relu && value <= 0.0);
}

fn sum(at: u32) -> f32 {
    var sum = 0.0;
    for (var split = 0u; split < splits; split++) {
        sum += parts[split * n + at];
    }
    return sum;
}

@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn plain(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i < n {
        y[i] = finished(sum(i));
    }
}

@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y_biased: array<f32>;

@compute @workgroup_size(64)
fn with_bias(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i < n {
        y_biased[i] = finished(sum(i) + bias[i % columns]);
    }
}
