// The class of the largest logit, and the share of rows where it is the label; twin: cpu.rs.

override n: u32;
override classes: u32;
override total: u32 = n; // rows that the share is of

@group(0) @binding(0) var<storage, read> logits: array<f32>;

// Told from the bits, because a compiler may assume that comparisons never meet a NaN.
fn is_nan(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

// The first maximum of a row; a NaN counts as larger than any number.
fn row_argmax(row: u32) -> u32 {
    var best_at = 0u;
    var best = logits[row * classes];
    for (var k = 1u; k < classes; k++) {
        let value = logits[row * classes + k];
        if !is_nan(best) && (value > best || is_nan(value)) {
            best = value;
            best_at = k;
        }
    }
    return best_at;
}

@group(0) @binding(1) var<storage, read_write> class_index: array<f32>;

@compute @workgroup_size(64)
fn argmax(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    class_index[i] = f32(row_argmax(i));
}

@group(0) @binding(1) var<storage, read> labels: array<f32>;
@group(0) @binding(2) var<storage, read_write> share: array<f32>;

var<workgroup> hits: array<u32, 256>;

// One workgroup: every invocation counts among its rows, then a tree adds up the invocations.
@compute @workgroup_size(256)
fn accuracy(@builtin(local_invocation_index) lane: u32) {
    var count = 0u;
    for (var i = lane; i < n; i += 256u) {
        count += select(0u, 1u, f32(row_argmax(i)) == labels[i]);
    }
    hits[lane] = count;
    workgroupBarrier();
    for (var reach = 128u; reach > 0u; reach >>= 1u) {
        if lane < reach {
            hits[lane] += hits[lane + reach];
        }
        workgroupBarrier();
    }
    if lane == 0u {
        share[0] = f32(hits[0]) / f32(total);
    }
}
