// The maximum of windows over images, its gradient and its tangent; twins: cpu.rs.
// The gradient gathers: an invocation owns one number of the image and visits the windows that contain it.

@group(0) @binding(0) var<storage, read> x: array<f32>;

// Told from the bits, because a compiler may assume that comparisons never meet a NaN.
fn is_nan(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

// The index in `x` of the window's first maximum in row-major order; a NaN counts as larger than any number.
fn window_argmax(plane: u32, oy: u32, ox: u32) -> u32 {
    let rows = rows_of(oy);
    let columns = columns_of(ox);
    var best_at = (plane * height + rows.begin) * width + columns.begin;
    var best = x[best_at];
    let start = best_at;
    for (var down = 0u; down < rows.count; down++) {
        for (var across = 0u; across < columns.count; across++) {
            let at = start + down * width + across;
            let value = x[at];
            if value > best || is_nan(value) {
                best = value;
                best_at = at;
            }
        }
    }
    return best_at;
}

@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * out_height * out_width {
        return;
    }
    y[i] = x[window_argmax(i / (out_width * out_height), i / out_width % out_height, i % out_width)];
}

// The tangent reads x (binding 0), then v, and writes the number of v where x has its maximum.
@group(0) @binding(1) var<storage, read> v: array<f32>;
@group(0) @binding(2) var<storage, read_write> picked: array<f32>;

@compute @workgroup_size(64)
fn pick(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * out_height * out_width {
        return;
    }
    picked[i] = v[window_argmax(i / (out_width * out_height), i / out_width % out_height, i % out_width)];
}

// The gradient reads x (binding 0), then gy, and writes gx.
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gx: array<f32>;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * height * width {
        return;
    }
    let plane = i / (width * height);
    let down = windows_over_row(i / width % height);
    let across = windows_over_column(i % width);
    var sum = 0.0;
    for (var oy = down.begin; oy < down.begin + down.count; oy++) {
        for (var ox = across.begin; ox < across.begin + across.count; ox++) {
            if window_argmax(plane, oy, ox) == i {
                sum += gy[(plane * out_height + oy) * out_width + ox];
            }
        }
    }
    gx[i] = sum;
}

// Where windows do not overlap and nothing is padded an invocation owns a window and what lies between it and the next ones.
@compute @workgroup_size(64)
fn backward_apart(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    let cells_down = (height + stride_height - 1u) / stride_height;
    let cells_across = (width + stride_width - 1u) / stride_width;
    if i >= planes * cells_down * cells_across {
        return;
    }
    let line = i / cells_across;
    let ox = i - line * cells_across;
    let plane = line / cells_down;
    let oy = line - plane * cells_down;
    var best_at = 0xffffffffu;
    var gradient = 0.0;
    if oy < out_height && ox < out_width {
        best_at = window_argmax(plane, oy, ox);
        gradient = gy[(plane * out_height + oy) * out_width + ox];
    }
    let rows = min(stride_height, height - oy * stride_height);
    let columns = min(stride_width, width - ox * stride_width);
    let start = (plane * height + oy * stride_height) * width + ox * stride_width;
    for (var down = 0u; down < rows; down++) {
        for (var across = 0u; across < columns; across++) {
            let at = start + down * width + across;
            gx[at] = select(0.0, gradient, at == best_at);
        }
    }
}
