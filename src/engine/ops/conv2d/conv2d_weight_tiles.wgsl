// The gradient of the weights as a product: A are the gradients of y, [m, k] = [channels of y, pixels of all images]; B are the patches,
// a row for each of those pixels, and are fetched from where they lie in x. Twin: cpu.rs, weight_grad.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gw: array<f32>;

// Channels `row` .. `row + 3`, a column of the result each: their pixels `at` .. `at + 3`, zero past the last.
fn a_block(row: u32, at: u32) -> mat4x4f {
    let area = out_height * out_width;
    let positions = min(at + FOUR, vec4u(k - 1u));
    let places = (positions / area * groups + group) * (m * area) + positions % area;
    let rows = min(row + FOUR, vec4u(m - 1u)) * area;
    let inside = at + FOUR < vec4u(k);
    return mat4x4f(gradients(rows.x + places, inside), gradients(rows.y + places, inside), gradients(rows.z + places, inside), gradients(rows.w + places, inside));
}

fn gradients(places: vec4u, inside: vec4<bool>) -> vec4f {
    return select(vec4f(0.0), vec4f(gy[places.x], gy[places.y], gy[places.z], gy[places.w]), inside);
}

// What weights `column` .. `column + 3` meet in the patches of pixels `at` .. `at + 3`, a column of the result each.
fn b_block(at: u32, column: u32) -> mat4x4f {
    let taps = min(column + FOUR, vec4u(n - 1u));
    let channels = taps / (kernel_h * kernel_w);
    // Unsigned: what is before the image wraps round to far behind it.
    let rows = taps / kernel_w % kernel_h * dilation_h - padding_h;
    let columns = taps % kernel_w * dilation_w - padding_w;
    let positions = min(at + FOUR, vec4u(k - 1u));
    return mat4x4f(
        pixels(positions.x, channels, rows, columns),
        pixels(positions.y, channels, rows, columns),
        pixels(positions.z, channels, rows, columns),
        pixels(positions.w, channels, rows, columns),
    );
}

fn pixels(position: u32, channels: vec4u, down: vec4u, across: vec4u) -> vec4f {
    let rows = down + position / out_width % out_height * stride_h;
    let columns = across + position % out_width * stride_w;
    let planes = (position / (out_height * out_width) * groups + group) * in_per_group + channels;
    let inside = (rows < vec4u(height)) & (columns < vec4u(width));
    let at = (planes * height + min(rows, vec4u(height - 1u))) * width + min(columns, vec4u(width - 1u));
    return select(vec4f(0.0), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), inside);
}

fn put(row: u32, column: u32, value: vec4f, split: u32) {
    for (var i = 0u; i < 4u; i++) {
        if row < m && column + i < n {
            gw[((split * groups + group) * m + row) * n + column + i] = value[i];
        }
    }
}
