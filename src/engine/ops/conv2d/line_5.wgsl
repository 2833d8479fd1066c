// What one line of the filters adds to a tile; for filters of width 5, whose sums stay in registers for five weights.

fn weights(at: u32) -> vec3f {
    let step = select(1u, 0xffffffffu, turned);
    return vec3f(w[at], w[at + step], w[at + 2u * step]);
}

fn last_weights(at: u32) -> vec2f {
    let step = select(1u, 0xffffffffu, turned);
    return vec2f(w[at + 3u * step], w[at + 4u * step]);
}

fn mad5(row: Row, a: vec3f, rest: vec2f, b0: Row, b1: Row, b2: Row, b3: Row, b4: Row) -> Row {
    return mad(mad(mad3(row, a, b0, b1, b2), rest.x, b3), rest.y, b4);
}

fn line_of(before: Tile, line: u32, start: u32, end: u32, near: vec4u, far: vec4u) -> Tile {
    let b0 = run(line, start, end);
    let b1 = next_run(b0, line, start, end, 1u);
    let b2 = next_run(b1, line, start, end, 2u);
    let b3 = next_run(b2, line, start, end, 3u);
    let b4 = next_run(b3, line, start, end, 4u);
    return Tile(
        mad5(before.r0, weights(near.x), last_weights(near.x), b0, b1, b2, b3, b4),
        mad5(before.r1, weights(near.y), last_weights(near.y), b0, b1, b2, b3, b4),
        mad5(before.r2, weights(near.z), last_weights(near.z), b0, b1, b2, b3, b4),
        mad5(before.r3, weights(near.w), last_weights(near.w), b0, b1, b2, b3, b4),
        mad5(before.r4, weights(far.x), last_weights(far.x), b0, b1, b2, b3, b4),
        mad5(before.r5, weights(far.y), last_weights(far.y), b0, b1, b2, b3, b4),
        mad5(before.r6, weights(far.z), last_weights(far.z), b0, b1, b2, b3, b4),
        mad5(before.r7, weights(far.w), last_weights(far.w), b0, b1, b2, b3, b4),
    );
}
