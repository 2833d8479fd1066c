// Nonlinearities, elementwise, and their gradients; twin: cpu.rs. A gradient reads y where that suffices and x where it does not (`a`
// stands for either), then gy.

override n: u32;
override slope: f32; // of leaky_relu below 0

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gx: array<f32>;

@compute @workgroup_size(64)
fn relu(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    // Asked so that a NaN stays one.
    y[i] = select(x[i], 0.0, x[i] <= 0.0);
}

@compute @workgroup_size(64)
fn relu_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    gx[i] = select(gy[i], 0.0, a[i] <= 0.0);
}

@compute @workgroup_size(64)
fn leaky_relu(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    y[i] = select(x[i], slope * x[i], x[i] <= 0.0);
}

@compute @workgroup_size(64)
fn leaky_relu_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    gx[i] = select(gy[i], slope * gy[i], a[i] <= 0.0);
}

// Some devices compute tanh by exponentials that overflow.
fn safe_tanh(value: f32) -> f32 {
    return select(tanh(value), sign(value), abs(value) > 15.0);
}

@compute @workgroup_size(64)
fn tanh_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    y[i] = safe_tanh(x[i]);
}

@compute @workgroup_size(64)
fn tanh_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    gx[i] = gy[i] * (1.0 - a[i] * a[i]);
}

// The exponent is never positive, so nothing overflows.
@compute @workgroup_size(64)
fn sigmoid(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let e = exp(-abs(x[i]));
    y[i] = select(1.0, e, x[i] < 0.0) / (1.0 + e);
}

@compute @workgroup_size(64)
fn sigmoid_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    gx[i] = gy[i] * a[i] * (1.0 - a[i]);
}

// Phi, the distribution function of the normal distribution, with an error below 1e-7: half of erfc(|value| / sqrt 2) by the rational
// approximation 7.1.26 of Abramowitz and Stegun (1964), from 1 above 0.
fn normal_cdf(value: f32) -> f32 {
    let z = abs(value) * 0.7071067811865476;
    let t = 1.0 / (1.0 + 0.3275911 * z);
    let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    let tail = 0.5 * poly * exp(-z * z);
    return select(1.0 - tail, tail, value < 0.0);
}

@compute @workgroup_size(64)
fn gelu(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    y[i] = x[i] * normal_cdf(x[i]);
}

@compute @workgroup_size(64)
fn gelu_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let density = 0.3989422804014327 * exp(-0.5 * a[i] * a[i]);
    gx[i] = gy[i] * (normal_cdf(a[i]) + a[i] * density);
}

@compute @workgroup_size(64)
fn gelu_tanh(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let value = x[i];
    let t = safe_tanh(0.7978845608028654 * (value + 0.044715 * value * value * value));
    y[i] = 0.5 * value * (1.0 + t);
}

@compute @workgroup_size(64)
fn gelu_tanh_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let value = a[i];
    let t = safe_tanh(0.7978845608028654 * (value + 0.044715 * value * value * value));
    let inner = 0.7978845608028654 * (1.0 + 0.134145 * value * value);
    gx[i] = gy[i] * (0.5 * (1.0 + t) + 0.5 * value * (1.0 - t * t) * inner);
}
