// Blocks of 4 x 4 of A, for which rows or columns lie in whole vectors.

@group(0) @binding(0) var<storage, read> a: array<vec4f>;

// Rows `row` .. `row + 3`, a column of the result each: their numbers `at` .. `at + 3`, zero past the last. Rows past the last repeat it.
fn a_block(row: u32, at: u32) -> mat4x4f {
    if a_along_k {
        let places = (min(row + FOUR, vec4u(m - 1u)) * k + at) / 4u;
        return mat4x4f(a[places.x], a[places.y], a[places.z], a[places.w]);
    }
    let places = (min(at + FOUR, vec4u(k - 1u)) * m + min(row, m - 4u)) / 4u;
    let inside = at + FOUR < vec4u(k);
    let none = vec4f(0.0);
    return transpose(mat4x4f(
        a[places.x],
        select(none, a[places.y], inside.y),
        select(none, a[places.z], inside.z),
        select(none, a[places.w], inside.w),
    ));
}
