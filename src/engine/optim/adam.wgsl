// One step of Adam, and of AMSGrad; twin: step in adam.rs.

override rest1: f32; // 1 - beta1
override beta2: f32;
override rest2: f32; // 1 - beta2
override eps: f32;
override decoupled: bool;

@group(0) @binding(4) var<storage, read_write> means: array<f32>;
@group(0) @binding(5) var<storage, read_write> squares: array<f32>;
@group(0) @binding(6) var<storage, read_write> largest: array<f32>;

// The parameter after weight decay, and the gradient with it.
fn decayed(p: f32, g: f32, rate: f32, decay: f32) -> vec2f {
    return select(vec2f(p, g + decay * p), vec2f(p - rate * decay * p, g), decoupled);
}

@compute @workgroup_size(64)
fn adam(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let option = options[first_block + i / 64u];
    if option.x == 0.0 {
        return;
    }
    let rate = control[0] * option.x;
    let pg = decayed(parameters[i], gradients[i], rate, option.y);
    let m = means[i] + rest1 * (pg.y - means[i]);
    let v = beta2 * squares[i] + rest2 * pg.y * pg.y;
    means[i] = m;
    squares[i] = v;
    parameters[i] = pg.x - rate * (m / control[3]) / (sqrt(v) / control[4] + eps);
}

@compute @workgroup_size(64)
fn amsgrad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let option = options[first_block + i / 64u];
    if option.x == 0.0 {
        return;
    }
    let rate = control[0] * option.x;
    let pg = decayed(parameters[i], gradients[i], rate, option.y);
    let m = means[i] + rest1 * (pg.y - means[i]);
    let v = beta2 * squares[i] + rest2 * pg.y * pg.y;
    let most = max(largest[i], v);
    means[i] = m;
    squares[i] = v;
    largest[i] = most;
    parameters[i] = pg.x - rate * (m / control[3]) / (sqrt(most) / control[4] + eps);
}
