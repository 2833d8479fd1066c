// gw[o, c, p, q] = sum of gy[n, o, i, j] x[n, c, i s + p d - P, j s + q d - P] over n, i, j; twin: cpu.rs, weight_grad.
// A workgroup computes four neighbouring weights of four filters of a group: its invocations share the patches of all images, then
// their sums are added.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gw: array<f32>;

var<workgroup> sums: array<array<vec4f, 4>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    let workgroup = id.x + id.y * count.x;
    let filter_size = in_per_group * kernel_h * kernel_w;
    let quads = (filter_size + 3u) / 4u;
    let tiles = (out_per_group + 3u) / 4u;
    let tap = workgroup % quads * 4u;
    let tile = workgroup / quads;
    let group = tile / tiles;
    let o = tile % tiles * 4u;
    if group >= groups {
        return;
    }
    // Past the edge of the filter or the group the last one is repeated, and what it gives is not stored.
    let taps = min(tap + NEXT, vec4u(filter_size - 1u));
    let c = taps / (kernel_h * kernel_w);
    let down = taps / kernel_w % kernel_h * dilation_h - padding_h;
    let right = taps % kernel_w * dilation_w - padding_w;
    let filters = min(o + NEXT, vec4u(out_per_group - 1u));
    var tap0 = vec4f(0.0);
    var tap1 = vec4f(0.0);
    var tap2 = vec4f(0.0);
    var tap3 = vec4f(0.0);
    for (var at = lane; at < batch * out_height * out_width; at += LANES) {
        let j = at % out_width;
        let i = at / out_width % out_height;
        let image = at / (out_height * out_width) * groups + group;
        // Unsigned: a row above the image wraps round to one far below it, and so do columns.
        let rows = i * stride_h + down;
        let columns = j * stride_w + right;
        let inside = (rows < vec4u(height)) & (columns < vec4u(width));
        let pixel_at = select(vec4u(0u), ((image * in_per_group + c) * height + rows) * width + columns, inside);
        let pixels = select(vec4f(0.0), vec4f(x[pixel_at.x], x[pixel_at.y], x[pixel_at.z], x[pixel_at.w]), inside);
        let gy_at = ((image * out_per_group + filters) * out_height + i) * out_width + j;
        let gradients = vec4f(gy[gy_at.x], gy[gy_at.y], gy[gy_at.z], gy[gy_at.w]);
        tap0 += pixels.x * gradients;
        tap1 += pixels.y * gradients;
        tap2 += pixels.z * gradients;
        tap3 += pixels.w * gradients;
    }
    sums[lane] = array(tap0, tap1, tap2, tap3);
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            for (var b = 0u; b < 4u; b++) {
                sums[lane][b] += sums[lane + half][b];
            }
        }
    }
    workgroupBarrier();
    // One invocation a number.
    let a = lane / 4u;
    let b = lane % 4u;
    if a < 4u && o + a < out_per_group && tap + b < filter_size {
        gw[(group * out_per_group + o + a) * filter_size + tap + b] = sums[0][b][a];
    }
}
