// gx[n, c, r, s]: the sum of w[o, c, p, q] gy[n, o, i, j] over all (o, p, q) for which patch (i, j) has pixel (r, s) under weight
// (p, q), that is i stride + p dilation - padding = r and so for j; o runs over the filters of c's group; twin: cpu.rs, input_grad.
// An invocation computes four neighbouring pixels of four channels; a workgroup has the same four channels everywhere.

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gx: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
    let workgroup = id.x + id.y * count.x;
    let tiles = (in_per_group + 3u) / 4u;
    let tile = workgroup % (groups * tiles);
    let group = tile / tiles;
    let c = tile % tiles * 4u;
    let quads = (width + 3u) / 4u;
    let pixel = workgroup / (groups * tiles) * LANES + lane;
    let image = pixel / (quads * height);
    let r = pixel / quads % height;
    let s = pixel % quads * 4u;
    if image >= batch {
        return;
    }
    let taps = kernel_h * kernel_w;
    // Past the edge of the group the last channel is repeated, and what it gives is not stored.
    let planes = min(c + NEXT, vec4u(in_per_group - 1u)) * taps;
    var c0 = vec4f(0.0);
    var c1 = vec4f(0.0);
    var c2 = vec4f(0.0);
    var c3 = vec4f(0.0);
    for (var o = 0u; o < out_per_group; o++) {
        let filter_at = (group * out_per_group + o) * in_per_group * taps;
        let plane = ((image * groups + group) * out_per_group + o) * out_height;
        for (var p = 0u; p < kernel_h; p++) {
            // Unsigned: what would be negative wraps round and lies past the last patch.
            let from_top = r + padding_h - p * dilation_h;
            let i = from_top / stride_h;
            if i >= out_height || i * stride_h != from_top {
                continue;
            }
            let line = (plane + i) * out_width;
            for (var q = 0u; q < kernel_w; q++) {
                let from_left = s + NEXT + padding_w - q * dilation_w;
                let columns = from_left / stride_w;
                let inside = (columns < vec4u(out_width)) & (columns * stride_w == from_left);
                let at = line + min(columns, vec4u(out_width - 1u));
                let gradients = select(vec4f(0.0), vec4f(gy[at.x], gy[at.y], gy[at.z], gy[at.w]), inside);
                let weights = planes + filter_at + p * kernel_w + q;
                c0 += w[weights.x] * gradients;
                c1 += w[weights.y] * gradients;
                c2 += w[weights.z] * gradients;
                c3 += w[weights.w] * gradients;
            }
        }
    }
    let channels = array(c0, c1, c2, c3);
    for (var a = 0u; a < 4u && c + a < in_per_group; a++) {
        let line = (((image * groups + group) * in_per_group + c + a) * height + r) * width;
        for (var b = 0u; b < 4u && s + b < width; b++) {
            gx[line + s + b] = channels[a][b];
        }
    }
}
