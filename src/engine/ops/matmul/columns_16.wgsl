// 16 columns of a product in registers: a row of a tile, and the four rows of B that it takes at once.

const COLUMNS: u32 = 16u;

struct Row {
    c0: vec4f,
    c1: vec4f,
    c2: vec4f,
    c3: vec4f,
}

struct Block {
    b0: mat4x4f,
    b1: mat4x4f,
    b2: mat4x4f,
    b3: mat4x4f,
}

fn block_at(at: u32, column: u32) -> Block {
    return Block(b_block(at, column), b_block(at, column + 4u), b_block(at, column + 8u), b_block(at, column + 12u));
}

// row + a B
fn mad(row: Row, a: vec4f, b: Block) -> Row {
    return Row(row.c0 + b.b0 * a, row.c1 + b.b1 * a, row.c2 + b.b2 * a, row.c3 + b.b3 * a);
}

fn put_row(row: u32, column: u32, value: Row, split: u32) {
    put(row, column, value.c0, split);
    put(row, column + 4u, value.c1, split);
    put(row, column + 8u, value.c2, split);
    put(row, column + 12u, value.c3, split);
}
