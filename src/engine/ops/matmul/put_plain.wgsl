// Where a product goes: as it is, and parts of one (splits of k) one after the other.

@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn put(row: u32, column: u32, value: vec4f, split: u32) {
    for (var i = 0u; i < 4u; i++) {
        if row < m && column + i < n {
            y[(split * m + row) * n + column + i] = finished(value[i]);
        }
    }
}
