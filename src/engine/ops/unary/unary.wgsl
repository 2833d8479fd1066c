// A function of every number; twin: cpu.rs. Which one is known when the pipeline is compiled.

override n: u32;
override which: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let value = x[i];
    switch which {
        case 0u: { y[i] = -value; }
        case 1u: { y[i] = exp(value); }
        case 2u: { y[i] = log(value); }
        case 3u: { y[i] = sqrt(value); }
        case 4u: { y[i] = sin(value); }
        case 5u: { y[i] = cos(value); }
        case 6u: { y[i] = tan(value); }
        case 7u: { y[i] = sinh(value); }
        case 8u: { y[i] = cosh(value); }
        case 9u: { y[i] = abs(value); }
        default: { y[i] = sign(value); }
    }
}
