// A convolution as a product: A are the filters, [m, k] = [channels of y, weights]; B are the patches, a column for each pixel of y of all
// images, and are fetched from where they lie in x. Twin: cpu.rs, forward.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;

// Filters `row` .. `row + 3`, a column of the result each: their weights `at` .. `at + 3`, zero past the last.
fn a_block(row: u32, at: u32) -> mat4x4f {
    let filters = (group * m + min(row + FOUR, vec4u(m - 1u))) * k;
    let taps = min(at + FOUR, vec4u(k - 1u));
    let inside = at + FOUR < vec4u(k);
    return mat4x4f(weights(filters.x + taps, inside), weights(filters.y + taps, inside), weights(filters.z + taps, inside), weights(filters.w + taps, inside));
}

fn weights(places: vec4u, inside: vec4<bool>) -> vec4f {
    return select(vec4f(0.0), vec4f(w[places.x], w[places.y], w[places.z], w[places.w]), inside);
}

// What weights `at` .. `at + 3` meet, a column of the result each, in the patches of pixels `column` .. `column + 3`.
fn b_block(at: u32, column: u32) -> mat4x4f {
    let positions = min(column + FOUR, vec4u(n - 1u));
    let planes = (positions / (out_height * out_width) * groups + group) * in_per_group;
    // Unsigned: what is before the image wraps round to far behind it.
    let rows = positions / out_width % out_height * stride_h - padding_h;
    let columns = positions % out_width * stride_w - padding_w;
    let taps = min(at + FOUR, vec4u(k - 1u));
    return mat4x4f(
        pixels(taps.x, planes, rows, columns),
        pixels(taps.y, planes, rows, columns),
        pixels(taps.z, planes, rows, columns),
        pixels(taps.w, planes, rows, columns),
    );
}

fn pixels(tap: u32, planes: vec4u, top: vec4u, left_most: vec4u) -> vec4f {
    let rows = top + tap / kernel_w % kernel_h * dilation_h;
    let columns = left_most + tap % kernel_w * dilation_w;
    let inside = (rows < vec4u(height)) & (columns < vec4u(width));
    let at = ((planes + tap / (kernel_h * kernel_w)) * height + min(rows, vec4u(height - 1u))) * width + min(columns, vec4u(width - 1u));
    return select(vec4f(0.0), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), inside);
}
