// Where a product goes: with a number added to each column.

@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn put(row: u32, column: u32, value: vec4f, split: u32) {
    for (var i = 0u; i < 4u; i++) {
        if row < m && column + i < n {
            y[row * n + column + i] = finished(value[i] + bias[column + i]);
        }
    }
}
