// 4 columns of a product in registers: a row of a tile, and the four rows of B that it takes at once.

const COLUMNS: u32 = 4u;

struct Row {
    c0: vec4f,
}

struct Block {
    b0: mat4x4f,
}

fn block_at(at: u32, column: u32) -> Block {
    return Block(b_block(at, column));
}

// row + a B
fn mad(row: Row, a: vec4f, b: Block) -> Row {
    return Row(row.c0 + b.b0 * a);
}

fn put_row(row: u32, column: u32, value: Row, split: u32) {
    put(row, column, value.c0, split);
}
