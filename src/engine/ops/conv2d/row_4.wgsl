// 4 neighbouring numbers in registers: part of a tile.

const COLUMNS: u32 = 4u;

struct Row {
    c0: vec4f,
}

fn row_of(value: f32) -> Row {
    return Row(vec4f(value));
}

// row + a * b
fn mad(row: Row, a: f32, b: Row) -> Row {
    return Row(row.c0 + a * b.c0);
}

// Moves all numbers to the left and puts another behind them.
fn slide(row: Row, next: f32) -> Row {
    return Row(vec4f(row.c0.yzw, next));
}

fn put_run(place: Place, channel: u32, start: u32, row: Row) {
    put_four(place, channel, start, row.c0);
}

fn run(line: u32, column: u32) -> Row {
    return Row(four(line, column));
}
