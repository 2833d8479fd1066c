// Blocks of 4 x 4 of B, number by number.

@group(0) @binding(1) var<storage, read> b: array<f32>;

// Rows `at` .. `at + 3`, a column of the result each: their numbers `column` .. `column + 3`. What is past an edge repeats what is at it.
fn b_block(at: u32, column: u32) -> mat4x4f {
    let rows = min(at + FOUR, vec4u(k - 1u)) * select(n, 1u, b_along_k);
    let numbers = min(column + FOUR, vec4u(n - 1u)) * select(1u, k, b_along_k);
    return mat4x4f(b_row(rows.x + numbers), b_row(rows.y + numbers), b_row(rows.z + numbers), b_row(rows.w + numbers));
}

fn b_row(places: vec4u) -> vec4f {
    return vec4f(b[places.x], b[places.y], b[places.z], b[places.w]);
}
