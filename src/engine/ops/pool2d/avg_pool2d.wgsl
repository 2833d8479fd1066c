// The average of windows over images, and its gradient; twins: cpu.rs.
// The gradient gathers: an invocation owns one number of the image and visits the windows that contain it.

// By how much the sum of window (oy, ox) is divided: the numbers in it, with or without those of the padding. What lies even past the
// padding never counts.
fn divisor(oy: u32, ox: u32) -> f32 {
    if !clipped {
        return f32(kernel_height * kernel_width);
    }
    if count_include_pad {
        let tall = min(kernel_height, height + 2u * padding_height - oy * stride_height);
        let wide = min(kernel_width, width + 2u * padding_width - ox * stride_width);
        return f32(tall * wide);
    }
    return f32(rows_of(oy).count * columns_of(ox).count);
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * out_height * out_width {
        return;
    }
    let plane = i / (out_width * out_height);
    let oy = i / out_width % out_height;
    let ox = i % out_width;
    let rows = rows_of(oy);
    let columns = columns_of(ox);
    let start = (plane * height + rows.begin) * width + columns.begin;
    var sum = 0.0;
    for (var down = 0u; down < rows.count; down++) {
        for (var across = 0u; across < columns.count; across++) {
            sum += x[start + down * width + across];
        }
    }
    y[i] = sum / divisor(oy, ox);
}

// The gradient reads gy and writes gx.
@group(0) @binding(0) var<storage, read> gy: array<f32>;
@group(0) @binding(1) var<storage, read_write> gx: array<f32>;

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
            sum += gy[(plane * out_height + oy) * out_width + ox] / divisor(oy, ox);
        }
    }
    gx[i] = sum;
}
