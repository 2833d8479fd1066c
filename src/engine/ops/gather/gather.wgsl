// Row i of a batch = element order[first + i] of a data set; twin: cpu.rs.

override n: u32;
override words_per_image: u32 = 1u;
override scale: f32 = 1.0;
override shift: f32 = 0.0;
override row_length: u32 = 1u;
override first_row: u32 = 0u; // of the batch
override first_element: u32 = 0u; // of the set; the rows of others stay as they are
override elements: u32 = 0xffffffffu;

@group(0) @binding(1) var<storage, read> order: array<f32>;
@group(0) @binding(2) var<storage, read> control: array<f32>;

fn element(row: u32) -> u32 {
    return u32(order[u32(control[2]) + first_row + row]) - first_element;
}

@group(0) @binding(0) var<storage, read> pixels: array<u32>;
@group(0) @binding(3) var<storage, read_write> image_batch: array<vec4f>;

// One invocation a word of four bytes, the first in the lowest bits.
@compute @workgroup_size(64)
fn images(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    // What comes before the first wraps round to far behind the last.
    let image = element(i / words_per_image);
    if image >= elements {
        return;
    }
    let word = pixels[image * words_per_image + i % words_per_image];
    let bytes = vec4f((vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u));
    image_batch[i] = bytes * scale + shift;
}

@group(0) @binding(0) var<storage, read> numbers: array<f32>;
@group(0) @binding(3) var<storage, read_write> number_batch: array<f32>;

@compute @workgroup_size(64)
fn rows(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let row = element(i / row_length);
    if row < elements {
        number_batch[i] = numbers[row * row_length + i % row_length];
    }
}
