// Rows of numbers moved from one place to another, where they may lie apart in both, and parts of a sum added up: what joins the parts of an
// operation that is computed in parts. The CPU computes nothing in parts.

override n: u32; // numbers that move
override columns: u32 = 1u; // of a row
override x_first: u32 = 0u;
override x_row: u32 = 0u; // from one row to the next
override y_first: u32 = 0u;
override y_row: u32 = 0u;
override relu: bool = false; // whether what is below 0 becomes 0

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn move_rows(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let row = i / columns;
    let column = i % columns;
    y[y_first + row * y_row + column] = x[x_first + row * x_row + column];
}

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let sum = y[i] + x[i];
    // Asked so that a NaN stays one.
    y[i] = select(sum, 0.0, relu && sum <= 0.0);
}
