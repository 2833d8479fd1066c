// Blocks of 4 x 4 of A, number by number.

@group(0) @binding(0) var<storage, read> a: array<f32>;

// Rows `row` .. `row + 3`, a column of the result each: their numbers `at` .. `at + 3`, zero past the last. Rows past the last repeat it.
fn a_block(row: u32, at: u32) -> mat4x4f {
    let rows = min(row + FOUR, vec4u(m - 1u)) * select(1u, k, a_along_k);
    let numbers = min(at + FOUR, vec4u(k - 1u)) * select(m, 1u, a_along_k);
    let inside = at + FOUR < vec4u(k);
    return mat4x4f(a_row(rows.x + numbers, inside), a_row(rows.y + numbers, inside), a_row(rows.z + numbers, inside), a_row(rows.w + numbers, inside));
}

fn a_row(places: vec4u, inside: vec4<bool>) -> vec4f {
    return select(vec4f(0.0), vec4f(a[places.x], a[places.y], a[places.z], a[places.w]), inside);
}
