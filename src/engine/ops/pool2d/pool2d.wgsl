// Maximum and average of windows over images, and their gradients; twins: cpu.rs.
// The gradients gather: an invocation owns one number of the image and visits the windows that contain it.

override planes: u32; // batch * channels
override height: u32;
override width: u32;
override out_height: u32;
override out_width: u32;
override kernel_height: u32;
override kernel_width: u32;
override stride_height: u32;
override stride_width: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;

// Where the window of output (oy, ox) begins in `x`.
fn window_start(plane: u32, oy: u32, ox: u32) -> u32 {
    return (plane * height + oy * stride_height) * width + ox * stride_width;
}

// Told from the bits, because a compiler may assume that comparisons never meet a NaN.
fn is_nan(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

// The index in `x` of the window's first maximum in row-major order; a NaN counts as larger than any number.
fn window_argmax(start: u32) -> u32 {
    var best_at = start;
    var best = x[start];
    for (var ky = 0u; ky < kernel_height; ky++) {
        for (var kx = 0u; kx < kernel_width; kx++) {
            let at = start + ky * width + kx;
            let value = x[at];
            if value > best || is_nan(value) {
                best = value;
                best_at = at;
            }
        }
    }
    return best_at;
}

// The first window, along one axis, that contains position `at`.
fn first_window(at: u32, size: u32, stride: u32) -> u32 {
    if at < size {
        return 0u;
    }
    return (at - size) / stride + 1u;
}

// One past the last window, along one axis, that contains position `at`.
fn end_window(at: u32, stride: u32, windows: u32) -> u32 {
    return min(at / stride + 1u, windows);
}

@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn max_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * out_height * out_width {
        return;
    }
    let start = window_start(i / (out_width * out_height), (i / out_width) % out_height, i % out_width);
    y[i] = x[window_argmax(start)];
}

@compute @workgroup_size(64)
fn average_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * out_height * out_width {
        return;
    }
    let start = window_start(i / (out_width * out_height), (i / out_width) % out_height, i % out_width);
    var sum = 0.0;
    for (var ky = 0u; ky < kernel_height; ky++) {
        for (var kx = 0u; kx < kernel_width; kx++) {
            sum += x[start + ky * width + kx];
        }
    }
    y[i] = sum / f32(kernel_height * kernel_width);
}

// The gradient of the maximum reads x (binding 0), then gy, and writes gx.
@group(0) @binding(1) var<storage, read> max_gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> max_gx: array<f32>;

@compute @workgroup_size(64)
fn max_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * height * width {
        return;
    }
    let column = i % width;
    let row = (i / width) % height;
    let plane = i / (width * height);
    let end_y = end_window(row, stride_height, out_height);
    let end_x = end_window(column, stride_width, out_width);
    var sum = 0.0;
    for (var oy = first_window(row, kernel_height, stride_height); oy < end_y; oy++) {
        for (var ox = first_window(column, kernel_width, stride_width); ox < end_x; ox++) {
            if window_argmax(window_start(plane, oy, ox)) == i {
                sum += max_gy[(plane * out_height + oy) * out_width + ox];
            }
        }
    }
    max_gx[i] = sum;
}

// The gradient of the average reads gy and writes gx.
@group(0) @binding(0) var<storage, read> average_gy: array<f32>;
@group(0) @binding(1) var<storage, read_write> average_gx: array<f32>;

@compute @workgroup_size(64)
fn average_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * height * width {
        return;
    }
    let column = i % width;
    let row = (i / width) % height;
    let plane = i / (width * height);
    let end_y = end_window(row, stride_height, out_height);
    let end_x = end_window(column, stride_width, out_width);
    var sum = 0.0;
    for (var oy = first_window(row, kernel_height, stride_height); oy < end_y; oy++) {
        for (var ox = first_window(column, kernel_width, stride_width); ox < end_x; ox++) {
            sum += average_gy[(plane * out_height + oy) * out_width + ox];
        }
    }
    average_gx[i] = sum / f32(kernel_height * kernel_width);
}
