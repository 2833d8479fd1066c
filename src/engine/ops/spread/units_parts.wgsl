// The same as units.wgsl, which stands before it, over parts of a tensor one after the other.

override begins: bool; // whether this is the first part
override first: u32 = 0u; // the place of the part's first number in the tensor

// For every channel whether one of its numbers is not 0, then how many numbers lie at or beyond their bounds.
@group(0) @binding(1) var<storage, read_write> table: array<u32>;

@compute @workgroup_size(256)
fn units_of_part(@builtin(local_invocation_index) lane: u32) {
    let end = first + arrayLength(&x);
    let size = channels * inner;
    for (var channel = lane; channel < channels; channel += 256u) {
        var on = !begins && table[channel] != 0u;
        for (var image = first / size; image * size < end; image++) {
            let start = image * size + channel * inner;
            for (var i = max(start, first); i < min(start + inner, end); i++) {
                on = on || x[i - first] != 0.0;
            }
        }
        table[channel] = select(0u, 1u, on);
    }
    var count = vec2u(0u);
    for (var i = lane; i < arrayLength(&x); i += 256u) {
        count.y += select(0u, 1u, x[i] <= low || x[i] >= high);
    }
    counts[lane] = count;
    workgroupBarrier();
    for (var reach = 128u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            counts[lane] += counts[lane + reach];
        }
        workgroupBarrier();
    }
    if lane == 0u {
        table[channels] = counts[0].y + select(table[channels], 0u, begins);
    }
}

@group(0) @binding(0) var<storage, read> found: array<u32>;

@compute @workgroup_size(1)
fn of_parts() {
    var off = 0u;
    for (var channel = 0u; channel < channels; channel++) {
        off += 1u - found[channel];
    }
    result[0] = f32(off) / f32(channels);
    result[1] = f32(found[channels]) / f32(batch * channels * inner);
}
