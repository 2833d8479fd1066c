// What one line of the filters adds to a tile; for filters of width 3, whose sums stay in registers for three weights.

fn weights(at: u32) -> vec3f {
    let step = select(1u, 0xffffffffu, turned);
    return vec3f(w[at], w[at + step], w[at + 2u * step]);
}

fn line_of(before: Tile, line: u32, start: u32, end: u32, near: vec4u, far: vec4u) -> Tile {
    let b0 = run(line, start, end);
    let b1 = next_run(b0, line, start, end, 1u);
    let b2 = next_run(b1, line, start, end, 2u);
    return Tile(
        mad3(before.r0, weights(near.x), b0, b1, b2),
        mad3(before.r1, weights(near.y), b0, b1, b2),
        mad3(before.r2, weights(near.z), b0, b1, b2),
        mad3(before.r3, weights(near.w), b0, b1, b2),
        mad3(before.r4, weights(far.x), b0, b1, b2),
        mad3(before.r5, weights(far.y), b0, b1, b2),
        mad3(before.r6, weights(far.z), b0, b1, b2),
        mad3(before.r7, weights(far.w), b0, b1, b2),
    );
}
