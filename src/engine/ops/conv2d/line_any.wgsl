// What one line of the filters adds to a tile, weight by weight; for filters of any width.

fn line_of(before: Tile, line: u32, start: u32, end: u32, near: vec4u, far: vec4u) -> Tile {
    var t = before;
    var pixels = run(line, start, end);
    for (var q = 0u; q < kernel_w; q++) {
        let at = select(q, 0u - q, turned);
        t.r0 = mad(t.r0, w[near.x + at], pixels);
        t.r1 = mad(t.r1, w[near.y + at], pixels);
        t.r2 = mad(t.r2, w[near.z + at], pixels);
        t.r3 = mad(t.r3, w[near.w + at], pixels);
        t.r4 = mad(t.r4, w[far.x + at], pixels);
        t.r5 = mad(t.r5, w[far.y + at], pixels);
        t.r6 = mad(t.r6, w[far.z + at], pixels);
        t.r7 = mad(t.r7, w[far.w + at], pixels);
        if q + 1u < kernel_w {
            pixels = next_run(pixels, line, start, end, q + 1u);
        }
    }
    return t;
}
