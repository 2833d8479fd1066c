// Mean, standard deviation, minimum, maximum and histogram of a tensor; twin: cpu.rs. One workgroup: 256 invocations stride
// over the numbers, then trees join what they found, always in the same order. How many numbers there are is what is bound: one pipeline serves all.

const BINS = 40u;
const LARGEST = 0x1.fffffep+127f;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

var<workgroup> sums: array<vec2f, 256>;
var<workgroup> lows: array<f32, 256>;
var<workgroup> highs: array<f32, 256>;
var<workgroup> finite: array<u32, 256>;
var<workgroup> counts: array<atomic<u32>, 40>;

// A variable, because a constant NaN is an error in WGSL.
fn not_a_number() -> f32 {
    var bits = 0x7fc00000u;
    return bitcast<f32>(bits);
}

// Told from the bits, because a compiler may assume that there are only numbers.
fn is_finite(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

// The bin of `value`: the whole part of BINS * (value - low) / (high - low). Everything is scaled by a power of 2 so that no
// product overflows, and a quotient that was rounded across a bin's edge is set right, so that every device counts alike.
fn bin_of(value: f32, low: f32, high: f32) -> u32 {
    let range = high * 0.0078125 - low * 0.0078125;
    let above = (value * 0.0078125 - low * 0.0078125) * f32(BINS);
    if range <= 0.0 {
        return 0u;
    }
    var bin = min(u32(above / range), BINS - 1u);
    if f32(bin) * range > above && bin > 0u {
        bin -= 1u;
    } else if f32(bin + 1u) * range <= above {
        bin += 1u;
    }
    return min(bin, BINS - 1u);
}

@compute @workgroup_size(256)
fn spread(@builtin(local_invocation_index) lane: u32) {
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
    let found = finite[0];
    let total = max(f32(found), 1.0);
    let rough_mean = sums[0].x / total;
    low = lows[0];
    high = highs[0];
    workgroupBarrier();

    // Second pass: the deviations from the mean, which also tell what rounding did to it.
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
        let moments = sums[0] / total;
        let all_finite = found == arrayLength(&x);
        result[0] = select(not_a_number(), rough_mean + moments.x, all_finite);
        result[1] = select(not_a_number(), sqrt(max(moments.y - moments.x * moments.x, 0.0)), all_finite);
        result[2] = select(not_a_number(), low, found > 0u);
        result[3] = select(not_a_number(), high, found > 0u);
    }
    if lane < BINS {
        result[4u + lane] = f32(atomicLoad(&counts[lane]));
    }
}
