// A function of two numbers, elementwise; twin: cpu.rs. Which one is known when the pipeline is compiled.

override n: u32;
override which: u32;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Of a negative base WGSL's pow has no value; a whole exponent gives it one.
fn power(base: f32, exponent: f32) -> f32 {
    let size = pow(abs(base), exponent);
    if exponent == 0.0 {
        return 1.0;
    }
    if base >= 0.0 {
        return size;
    }
    let whole = floor(exponent) == exponent;
    let odd = floor(exponent * 0.5) * 2.0 != exponent;
    var not_a_number = 0x7fc00000u;
    return select(bitcast<f32>(not_a_number), select(size, -size, odd), whole);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    switch which {
        case 0u: { y[i] = a[i] + b[i]; }
        case 1u: { y[i] = a[i] - b[i]; }
        case 2u: { y[i] = a[i] * b[i]; }
        case 3u: { y[i] = a[i] / b[i]; }
        case 4u: { y[i] = power(a[i], b[i]); }
        case 5u: { y[i] = max(a[i], b[i]); }
        case 6u: { y[i] = min(a[i], b[i]); }
        // 1 where a is greater, a half where both are the same.
        case 7u: { y[i] = select(select(0.0, 0.5, a[i] == b[i]), 1.0, a[i] > b[i]); }
        default: { y[i] = select(a[i] * b[i], 0.0, a[i] == 0.0); }
    }
}
