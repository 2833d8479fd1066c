// y = A B (+ bias): an invocation computes a tile of 8 rows in registers, of as many columns as the part before says; nothing is shared,
// so that devices without fast workgroup memory are not held up. Twin: cpu.rs.

override lanes: u32 = 8u;

// The tile, chunk by chunk of k; tiles lie one after the other along the rows of y.
struct Place {
    row: u32,
    column: u32,
    split: u32,
}

fn place_of(index: u32) -> Place {
    let across = (n + COLUMNS - 1u) / COLUMNS;
    let down = (m + 7u) / 8u;
    return Place(index / across % down * 8u, index % across * COLUMNS, index / across / down);
}

struct Tile {
    r0: Row,
    r1: Row,
    r2: Row,
    r3: Row,
    r4: Row,
    r5: Row,
    r6: Row,
    r7: Row,
}

fn product(place: Place) -> Tile {
    var t: Tile;
    let end = min(k, (place.split + 1u) * chunk);
    for (var at = place.split * chunk; at < end; at += 4u) {
        let b4 = block_at(at, place.column);
        let top = a_block(place.row, at);
        t.r0 = mad(t.r0, top[0], b4);
        t.r1 = mad(t.r1, top[1], b4);
        t.r2 = mad(t.r2, top[2], b4);
        t.r3 = mad(t.r3, top[3], b4);
        let bottom = a_block(place.row + 4u, at);
        t.r4 = mad(t.r4, bottom[0], b4);
        t.r5 = mad(t.r5, bottom[1], b4);
        t.r6 = mad(t.r6, bottom[2], b4);
        t.r7 = mad(t.r7, bottom[3], b4);
    }
    return t;
}

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    let place = place_of((id.x + id.y * count.x) * lanes + lane);
    if place.split * chunk >= k {
        return;
    }
    let t = product(place);
    // A loop, so that what stores is compiled once.
    var rows = array(t.r0, t.r1, t.r2, t.r3, t.r4, t.r5, t.r6, t.r7);
    for (var i = 0u; i < 8u; i++) {
        put_row(place.row + i, place.column, rows[i], place.split);
    }
}
