// The running statistics move towards those of the step, in place; twin: running in cpu.rs. `rates` has for every number how far it
// moves, and the factor of what was measured.

override n: u32;

@group(0) @binding(0) var<storage, read> measured: array<f32>;
@group(0) @binding(1) var<storage, read> rates: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> running: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let rate = rates[i];
    running[i] = (1.0 - rate.x) * running[i] + rate.x * (rate.y * measured[i]);
}
