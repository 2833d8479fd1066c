// One step of SGD with momentum; twin: step in sgd.rs.

override n: u32;
override momentum: f32;

@group(0) @binding(0) var<storage, read> gradients: array<f32>;
@group(0) @binding(1) var<storage, read> control: array<f32>; // laid out in control.rs
@group(0) @binding(2) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(3) var<storage, read_write> velocity: array<f32>;

@compute @workgroup_size(64)
fn step_sgd(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let v = momentum * velocity[i] + gradients[i];
    velocity[i] = v;
    parameters[i] -= control[0] * v;
}
