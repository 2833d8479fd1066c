// Blocks of 4 x 4 of B, for which rows or columns lie in whole vectors.

@group(0) @binding(1) var<storage, read> b: array<vec4f>;

// Rows `at` .. `at + 3`, a column of the result each: their numbers `column` .. `column + 3`. What is past an edge repeats what is at it.
fn b_block(at: u32, column: u32) -> mat4x4f {
    if b_along_k {
        let places = (min(column + FOUR, vec4u(n - 1u)) * k + at) / 4u;
        return transpose(mat4x4f(b[places.x], b[places.y], b[places.z], b[places.w]));
    }
    let places = (min(at + FOUR, vec4u(k - 1u)) * n + min(column, n - 4u)) / 4u;
    return mat4x4f(b[places.x], b[places.y], b[places.z], b[places.w]);
}
