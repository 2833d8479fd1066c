// Which share of the units is off for the whole batch, and which share of the numbers lies at or beyond its bounds; twin: units in
// cpu.rs. x is [batch, channels, inner]; a unit is a channel. One workgroup.

override batch: u32;
override channels: u32;
override inner: u32;
override low: f32;
override high: f32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

var<workgroup> counts: array<vec2u, 256>;

@compute @workgroup_size(256)
fn units(@builtin(local_invocation_index) lane: u32) {
    var count = vec2u(0u);
    for (var channel = lane; channel < channels; channel += 256u) {
        var off = true;
        for (var k = 0u; k < batch * inner; k++) {
            off = off && x[((k / inner) * channels + channel) * inner + k % inner] == 0.0;
        }
        count.x += select(0u, 1u, off);
    }
    for (var i = lane; i < batch * channels * inner; i += 256u) {
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
        result[0] = f32(counts[0].x) / f32(channels);
        result[1] = f32(counts[0].y) / f32(batch * channels * inner);
    }
}
