// One step of SGD; twins: plain and with_momentum in sgd.rs.

override momentum: f32;
override rest: f32; // 1 - dampening
override nesterov: bool;

@group(0) @binding(4) var<storage, read_write> velocity: array<f32>;

@compute @workgroup_size(64)
fn plain(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let option = options[first_block + i / 64u];
    if option.x == 0.0 {
        return;
    }
    let p = parameters[i];
    parameters[i] = p - control[0] * option.x * (gradients[i] + option.y * p);
}

@compute @workgroup_size(64)
fn with_momentum(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let option = options[first_block + i / 64u];
    if option.x == 0.0 {
        return;
    }
    let p = parameters[i];
    let g = gradients[i] + option.y * p;
    let v = select(momentum * velocity[i] + rest * g, g, control[1] == 1.0);
    velocity[i] = v;
    parameters[i] = p - control[0] * option.x * select(v, g + momentum * v, nesterov);
}
