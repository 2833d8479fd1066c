// Channels of up to four tensors one after the other, and a stretch of channels; twin: cpu.rs. Channels and what they contain are
// measured together: `a_size` is channels times inner of the first tensor.

override n: u32;
override size: u32; // of one image of y
override a_size: u32 = 0u;
override b_size: u32 = 0u;
override c_size: u32 = 0u;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>;

@group(0) @binding(2) var<storage, read_write> y_of_two: array<f32>;

@compute @workgroup_size(64)
fn two(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let image = i / size;
    let at = i % size;
    if at < a_size {
        y_of_two[i] = a[image * a_size + at];
    } else {
        y_of_two[i] = b[image * (size - a_size) + at - a_size];
    }
}

@group(0) @binding(3) var<storage, read_write> y_of_three: array<f32>;

@compute @workgroup_size(64)
fn three(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let image = i / size;
    let at = i % size;
    let after_b = a_size + b_size;
    if at < a_size {
        y_of_three[i] = a[image * a_size + at];
    } else if at < after_b {
        y_of_three[i] = b[image * b_size + at - a_size];
    } else {
        y_of_three[i] = c[image * (size - after_b) + at - after_b];
    }
}

@group(0) @binding(4) var<storage, read_write> y_of_four: array<f32>;

@compute @workgroup_size(64)
fn four(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let image = i / size;
    let at = i % size;
    let after_b = a_size + b_size;
    let after_c = after_b + c_size;
    if at < a_size {
        y_of_four[i] = a[image * a_size + at];
    } else if at < after_b {
        y_of_four[i] = b[image * b_size + at - a_size];
    } else if at < after_c {
        y_of_four[i] = c[image * c_size + at - after_b];
    } else {
        y_of_four[i] = d[image * (size - after_c) + at - after_c];
    }
}

// y is the stretch of `a` that begins at `b_size` in every image, of which one has `a_size`.
@group(0) @binding(1) var<storage, read_write> y_of_one: array<f32>;

@compute @workgroup_size(64)
fn stretch(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    y_of_one[i] = a[(i / size) * a_size + b_size + i % size];
}
