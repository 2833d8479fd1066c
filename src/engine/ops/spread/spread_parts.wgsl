// The same as spread.wgsl, which stands before it, over parts of a tensor one after the other: each adds what it finds to what was found
// before. First the sum and the bounds of all parts, then the deviations from their mean and the histogram.

override begins: bool; // whether this is the first part
override all: u32; // numbers of all parts

// Floats by their bits: the sum, the bounds, how many are finite; from 4 on the moments of the deviations; from 8 on the bins.
@group(0) @binding(1) var<storage, read_write> table: array<u32>;

fn found_before(at: u32) -> f32 {
    return bitcast<f32>(table[at]);
}

@compute @workgroup_size(256)
fn bounds_of_part(@builtin(local_invocation_index) lane: u32) {
    var sum = 0.0;
    var low = LARGEST;
    var high = -LARGEST;
    var count = 0u;
    for (var i = lane; i < arrayLength(&x); i += 256u) {
        let value = x[i];
        if is_finite(value) {
            sum += value;
            low = min(low, value);
            high = max(high, value);
            count += 1u;
        }
    }
    sums[lane] = vec2f(sum, 0.0);
    lows[lane] = low;
    highs[lane] = high;
    finite[lane] = count;
    workgroupBarrier();
    for (var reach = 128u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            sums[lane] += sums[lane + reach];
            lows[lane] = min(lows[lane], lows[lane + reach]);
            highs[lane] = max(highs[lane], highs[lane + reach]);
            finite[lane] += finite[lane + reach];
        }
        workgroupBarrier();
    }
    if lane == 0u {
        table[0] = bitcast<u32>(sums[0].x + select(found_before(0u), 0.0, begins));
        table[1] = bitcast<u32>(min(lows[0], select(found_before(1u), LARGEST, begins)));
        table[2] = bitcast<u32>(max(highs[0], select(found_before(2u), -LARGEST, begins)));
        table[3] = finite[0] + select(table[3], 0u, begins);
    }
}

@compute @workgroup_size(256)
fn deviations_of_part(@builtin(local_invocation_index) lane: u32) {
    let rough_mean = found_before(0u) / max(f32(table[3]), 1.0);
    let low = found_before(1u);
    let high = found_before(2u);
    var deviations = vec2f(0.0);
    for (var i = lane; i < arrayLength(&x); i += 256u) {
        let value = x[i];
        if is_finite(value) {
            let deviation = value - rough_mean;
            deviations += vec2f(deviation, deviation * deviation);
            atomicAdd(&counts[bin_of(value, low, high)], 1u);
        }
    }
    sums[lane] = deviations;
    workgroupBarrier();
    for (var reach = 128u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            sums[lane] += sums[lane + reach];
        }
        workgroupBarrier();
    }
    if lane == 0u {
        table[4] = bitcast<u32>(sums[0].x + select(found_before(4u), 0.0, begins));
        table[5] = bitcast<u32>(sums[0].y + select(found_before(5u), 0.0, begins));
    }
    if lane < BINS {
        table[8u + lane] = atomicLoad(&counts[lane]) + select(table[8u + lane], 0u, begins);
    }
}

@group(0) @binding(0) var<storage, read> found: array<u32>;

@compute @workgroup_size(64)
fn of_parts(@builtin(local_invocation_index) lane: u32) {
    if lane == 0u {
        let count = found[3];
        let total = max(f32(count), 1.0);
        let moments = vec2f(bitcast<f32>(found[4]), bitcast<f32>(found[5])) / total;
        result[0] = select(not_a_number(), bitcast<f32>(found[0]) / total + moments.x, count == all);
        result[1] = select(not_a_number(), sqrt(max(moments.y - moments.x * moments.x, 0.0)), count == all);
        result[2] = select(not_a_number(), bitcast<f32>(found[1]), count > 0u);
        result[3] = select(not_a_number(), bitcast<f32>(found[2]), count > 0u);
    }
    if lane < BINS {
        result[4u + lane] = f32(found[8u + lane]);
    }
}
