// Cross-entropy of logits and labels, and its gradient; twin: cpu.rs.

override n: u32;
override classes: u32;
override smoothing: f32;
override total: u32 = n; // rows that the mean is of

@group(0) @binding(0) var<storage, read> logits: array<f32>;
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

fn largest(row: u32) -> f32 {
    var top = logits[row * classes];
    for (var k = 1u; k < classes; k++) {
        top = max(top, logits[row * classes + k]);
    }
    return top;
}

// sum_k exp(z_k - top): at least 1 and at most `classes`, so that its logarithm is finite.
fn sum_of_exponentials(row: u32, top: f32) -> f32 {
    var sum = 0.0;
    for (var k = 0u; k < classes; k++) {
        sum += exp(logits[row * classes + k] - top);
    }
    return sum;
}

fn row_loss(row: u32) -> f32 {
    let class_index = class_of(labels[row]);
    if class_index >= classes {
        return not_a_number();
    }
    let top = largest(row);
    let log_sum = log(sum_of_exponentials(row, top));
    let nll = log_sum - (logits[row * classes + class_index] - top);
    if smoothing == 0.0 {
        return nll;
    }
    // The uniform part: the mean over all classes of -log softmax.
    var uniform_part = 0.0;
    for (var k = 0u; k < classes; k++) {
        uniform_part += log_sum - (logits[row * classes + k] - top);
    }
    return (1.0 - smoothing) * nll + smoothing * uniform_part / f32(classes);
}

@compute @workgroup_size(64)
fn each(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    loss[i] = row_loss(i);
}

var<workgroup> sums: array<f32, 256>;

// One workgroup: every invocation adds up its rows, then a tree adds up the invocations, always in the same order.
@compute @workgroup_size(256)
fn mean(@builtin(local_invocation_index) lane: u32) {
    var sum = 0.0;
    for (var i = lane; i < n; i += 256u) {
        sum += row_loss(i);
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

@group(0) @binding(2) var<storage, read> upstream: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;

fn row_gradient(row: u32, scale: f32) {
    let class_index = class_of(labels[row]);
    let top = largest(row);
    let sum = sum_of_exponentials(row, top);
    for (var k = 0u; k < classes; k++) {
        let softmax = exp(logits[row * classes + k] - top) / sum;
        let target_share = smoothing / f32(classes) + select(0.0, 1.0 - smoothing, k == class_index);
        gradient[row * classes + k] = (softmax - target_share) * scale;
    }
    if class_index >= classes {
        for (var k = 0u; k < classes; k++) {
            gradient[row * classes + k] = not_a_number();
        }
    }
}

@compute @workgroup_size(64)
fn each_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    row_gradient(i, upstream[i]);
}

@compute @workgroup_size(64)
fn mean_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    row_gradient(i, upstream[0] / f32(total));
}
