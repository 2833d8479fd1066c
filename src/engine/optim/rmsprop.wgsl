// One step of RMSprop; twin: step in rmsprop.rs. An entry point for each set of states; those that a set lacks have no binding.

override alpha: f32;
override rest: f32; // 1 - alpha
override eps: f32;
override momentum: f32;

@group(0) @binding(4) var<storage, read_write> squares: array<f32>;
@group(0) @binding(5) var<storage, read_write> velocity: array<f32>;
// The means of the gradients, where there is a velocity before them and where there is none.
@group(0) @binding(6) var<storage, read_write> means: array<f32>;
@group(0) @binding(5) var<storage, read_write> means_alone: array<f32>;

// The mean of the squares after this gradient.
fn next_square(s: f32, g: f32) -> f32 {
    return alpha * s + rest * g * g;
}

fn next_mean(a: f32, g: f32) -> f32 {
    return a + rest * (g - a);
}

// What divides the gradient: with a = 0 the root of the mean square, else the standard deviation. Rounding could make the variance of
// gradients that hardly change negative.
fn divisor(s: f32, a: f32) -> f32 {
    return sqrt(max(s - a * a, 0.0)) + eps;
}

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
    let g = gradients[i] + option.y * p;
    let s = next_square(squares[i], g);
    squares[i] = s;
    parameters[i] = p - control[0] * option.x * (g / divisor(s, 0.0));
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
    let s = next_square(squares[i], g);
    let v = momentum * velocity[i] + g / divisor(s, 0.0);
    squares[i] = s;
    velocity[i] = v;
    parameters[i] = p - control[0] * option.x * v;
}

@compute @workgroup_size(64)
fn centered(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
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
    let s = next_square(squares[i], g);
    let a = next_mean(means_alone[i], g);
    squares[i] = s;
    means_alone[i] = a;
    parameters[i] = p - control[0] * option.x * (g / divisor(s, a));
}

@compute @workgroup_size(64)
fn centered_with_momentum(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
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
    let s = next_square(squares[i], g);
    let a = next_mean(means[i], g);
    let v = momentum * velocity[i] + g / divisor(s, a);
    squares[i] = s;
    means[i] = a;
    velocity[i] = v;
    parameters[i] = p - control[0] * option.x * v;
}
