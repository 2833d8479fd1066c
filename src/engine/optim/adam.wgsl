// One step of Adam; twin: step in adam.rs.

override n: u32;
override rest1: f32; // 1 - beta1
override beta2: f32;
override rest2: f32; // 1 - beta2
override eps: f32;

@group(0) @binding(0) var<storage, read> gradients: array<f32>;
@group(0) @binding(1) var<storage, read> control: array<f32>; // laid out in control.rs
@group(0) @binding(2) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>;
@group(0) @binding(4) var<storage, read_write> squares: array<f32>;

@compute @workgroup_size(64)
fn step_adam(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let g = gradients[i];
    let m = means[i] + rest1 * (g - means[i]);
    let v = beta2 * squares[i] + rest2 * g * g;
    means[i] = m;
    squares[i] = v;
    parameters[i] -= control[0] * (m / control[3]) / (sqrt(v) / control[4] + eps);
}
