// The gradient of the images as a product: A are the filters seen from their channels, [m, k] = [channels of x, weights]; B are the
// gradients of y that each pixel of x has a part in. Twin: cpu.rs, input_grad.

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> gy: array<f32>;

// Channels `row` .. `row + 3`, a column of the result each: their weights `at` .. `at + 3` in all filters, zero past the last.
fn a_block(row: u32, at: u32) -> mat4x4f {
    let area = kernel_h * kernel_w;
    let taps = min(at + FOUR, vec4u(k - 1u));
    let places = (group * out_per_group + taps / area) * (m * area) + taps % area;
    let rows = min(row + FOUR, vec4u(m - 1u)) * area;
    let inside = at + FOUR < vec4u(k);
    return mat4x4f(weights(rows.x + places, inside), weights(rows.y + places, inside), weights(rows.z + places, inside), weights(rows.w + places, inside));
}

fn weights(places: vec4u, inside: vec4<bool>) -> vec4f {
    return select(vec4f(0.0), vec4f(w[places.x], w[places.y], w[places.z], w[places.w]), inside);
}

// What weights `at` .. `at + 3` meet, a column of the result each, of the gradients that pixels `column` .. `column + 3` have a part in.
fn b_block(at: u32, column: u32) -> mat4x4f {
    let positions = min(column + FOUR, vec4u(n - 1u));
    let planes = (positions / (height * width) * groups + group) * out_per_group;
    let rows = positions / width % height + padding_h;
    let columns = positions % width + padding_w;
    let taps = min(at + FOUR, vec4u(k - 1u));
    return mat4x4f(
        gradients(taps.x, planes, rows, columns),
        gradients(taps.y, planes, rows, columns),
        gradients(taps.z, planes, rows, columns),
        gradients(taps.w, planes, rows, columns),
    );
}

fn gradients(tap: u32, planes: vec4u, rows: vec4u, columns: vec4u) -> vec4f {
    // Unsigned: what would be negative wraps round and lies past the last patch.
    let from_top = rows - tap / kernel_w % kernel_h * dilation_h;
    let from_left = columns - tap % kernel_w * dilation_w;
    let i = from_top / stride_h;
    let j = from_left / stride_w;
    let inside = (i < vec4u(out_height)) & (j < vec4u(out_width)) & (i * stride_h == from_top) & (j * stride_w == from_left);
    let plane = planes + tap / (kernel_h * kernel_w);
    let at = (plane * out_height + min(i, vec4u(out_height - 1u))) * out_width + min(j, vec4u(out_width - 1u));
    return select(vec4f(0.0), vec4f(gy[at.x], gy[at.y], gy[at.z], gy[at.w]), inside);
}
