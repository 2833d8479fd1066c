// 8 neighbouring numbers in registers: part of a tile.

const COLUMNS: u32 = 8u;

struct Row {
    c0: vec4f,
    c1: vec4f,
}

fn row_of(value: f32) -> Row {
    return Row(vec4f(value), vec4f(value));
}

// row + a * b
fn mad(row: Row, a: f32, b: Row) -> Row {
    return Row(row.c0 + a * b.c0, row.c1 + a * b.c1);
}

// Moves all numbers to the left and puts another behind them.
fn slide(row: Row, next: f32) -> Row {
    return Row(vec4f(row.c0.yzw, row.c1.x), vec4f(row.c1.yzw, next));
}

// row + a.x * b0 + a.y * b1 + a.z * b2
fn mad3(row: Row, a: vec3f, b0: Row, b1: Row, b2: Row) -> Row {
    return Row(
        row.c0 + a.x * b0.c0 + a.y * b1.c0 + a.z * b2.c0,
        row.c1 + a.x * b0.c1 + a.y * b1.c1 + a.z * b2.c1,
    );
}

fn put_run(place: Place, channel: u32, start: u32, row: Row) {
    put_four(place, channel, start, row.c0);
    put_four(place, channel, start + 4u, row.c1);
}

// `COLUMNS` pixels of a line from `column` on, `apart()` from each other; zeros where they are not below `end`.
fn run(line: u32, column: u32, end: u32) -> Row {
    return Row(four(line, column, end), four(line, column + 4u * apart(), end));
}
