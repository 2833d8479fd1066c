// The same as update.wgsl, which stands before it, over parts of a parameter one after the other.

override begins: bool; // whether this is the first part

@group(0) @binding(2) var<storage, read_write> squares: array<vec2f>;

@compute @workgroup_size(256)
fn squares_of_part(@builtin(local_invocation_index) lane: u32) {
    var sum = vec2f(0.0);
    for (var i = lane; i < arrayLength(&after); i += 256u) {
        let change = after[i] - before[i];
        sum += vec2f(change * change, before[i] * before[i]);
    }
    sums[lane] = sum;
    workgroupBarrier();
    for (var reach = 128u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            sums[lane] += sums[lane + reach];
        }
        workgroupBarrier();
    }
    if lane == 0u {
        squares[0] = sums[0] + select(squares[0], vec2f(0.0), begins);
    }
}

@group(0) @binding(0) var<storage, read> found: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> ratio_of_all: array<f32>;

@compute @workgroup_size(1)
fn of_parts() {
    ratio_of_all[0] = select(0.0, sqrt(found[0].x / found[0].y), found[0].y > 0.0);
}
