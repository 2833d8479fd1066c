// The mean of -log_probabilities[i, label i], and its gradient; twin: cpu.rs.

override n: u32;
override classes: u32;
override total: u32 = n; // rows that the mean is of

@group(0) @binding(0) var<storage, read> log_probabilities: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;

// What a label that is no class makes of everything computed from it. A variable, because a constant NaN is an error in WGSL.
fn not_a_number() -> f32 {
    var bits = 0x7fc00000u;
    return bitcast<f32>(bits);
}

// The label as a class; `classes` where it is none.
fn class_of(label: f32) -> u32 {
    let index = min(u32(max(label, 0.0)), classes - 1u);
    return select(classes, index, f32(index) == label);
}

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn mean(@builtin(local_invocation_index) lane: u32) {
    var sum = 0.0;
    for (var i = lane; i < n; i += 256u) {
        let k = class_of(labels[i]);
        if k < classes {
            sum -= log_probabilities[i * classes + k];
        } else {
            sum = not_a_number();
        }
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
        loss[0] = sums[0] / f32(total);
    }
}

// Reads the labels and the gradient of the loss.
@group(0) @binding(0) var<storage, read> classes_of: array<f32>;
@group(0) @binding(1) var<storage, read> upstream: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n * classes {
        return;
    }
    let k = class_of(classes_of[i / classes]);
    let own = select(0.0, -upstream[0] / f32(total), i % classes == k);
    gradient[i] = select(not_a_number(), own, k < classes);
}
