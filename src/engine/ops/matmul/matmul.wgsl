// y = A B (+ bias), with the strides of A and B free, so that either may be transposed; twin: cpu.rs.
// An invocation computes a tile of 4 x 4 of y: eight loads for sixteen multiply-adds.

override m: u32;
override k: u32;
override n: u32;
override a_row: u32;
override a_column: u32;
override b_row: u32;
override b_column: u32;
override relu: bool; // whether what is below 0 becomes 0

fn finished(value: f32) -> f32 {
    // Asked so that a NaN stays one.
    return select(value, 0.0, relu && value <= 0.0);
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;

// Where the tile of an invocation begins: its row and its column. A workgroup has 32 x 32 numbers of y, one workgroup after the other
// along the rows.
fn place_of(workgroup: u32, local: vec3u) -> vec2u {
    let across = (n + 31u) / 32u;
    return vec2u(workgroup / across * 32u + local.y * 4u, workgroup % across * 32u + local.x * 4u);
}

struct Tile {
    r0: vec4f,
    r1: vec4f,
    r2: vec4f,
    r3: vec4f,
}

// Rows and columns past the edge repeat the last one; what they give is not stored.
fn product(row: u32, column: u32, start: vec4f) -> Tile {
    let rows = min(vec4u(row, row + 1u, row + 2u, row + 3u), vec4u(m - 1u)) * a_row;
    let columns = min(vec4u(column, column + 1u, column + 2u, column + 3u), vec4u(n - 1u)) * b_column;
    var tile = Tile(start, start, start, start);
    for (var i = 0u; i < k; i++) {
        let at_b = columns + i * b_row;
        let at_a = rows + i * a_column;
        let right = vec4f(b[at_b.x], b[at_b.y], b[at_b.z], b[at_b.w]);
        tile.r0 += a[at_a.x] * right;
        tile.r1 += a[at_a.y] * right;
        tile.r2 += a[at_a.z] * right;
        tile.r3 += a[at_a.w] * right;
    }
    return tile;
}

@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(8, 8)
fn plain(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_id) local: vec3u) {
    let place = place_of(id.x + id.y * count.x, local);
    let row = place.x;
    let column = place.y;
    if row >= m || column >= n {
        return;
    }
    let tile = product(row, column, vec4f(0.0));
    let lines = array(tile.r0, tile.r1, tile.r2, tile.r3);
    for (var i = 0u; i < 4u && row + i < m; i++) {
        for (var j = 0u; j < 4u && column + j < n; j++) {
            y[(row + i) * n + column + j] = finished(lines[i][j]);
        }
    }
}

@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y_biased: array<f32>;

@compute @workgroup_size(8, 8)
fn with_bias(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_id) local: vec3u) {
    let place = place_of(id.x + id.y * count.x, local);
    let row = place.x;
    let column = place.y;
    if row >= m || column >= n {
        return;
    }
    let at = min(vec4u(column, column + 1u, column + 2u, column + 3u), vec4u(n - 1u));
    let tile = product(row, column, vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]));
    let lines = array(tile.r0, tile.r1, tile.r2, tile.r3);
    for (var i = 0u; i < 4u && row + i < m; i++) {
        for (var j = 0u; j < 4u && column + j < n; j++) {
            y_biased[(row + i) * n + column + j] = finished(lines[i][j]);
        }
    }
}
