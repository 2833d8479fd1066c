// Where images go that were computed as a product, a row a channel: with the number of their channel added.

override area: u32; // pixels of a channel

@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn put(row: u32, column: u32, value: vec4f, split: u32) {
    for (var i = 0u; i < 4u; i++) {
        let at = column + i;
        if row < m && at < n {
            y[((at / area * groups + group) * m + row) * area + at % area] = finished(value[i] + bias[group * m + row]);
        }
    }
}
