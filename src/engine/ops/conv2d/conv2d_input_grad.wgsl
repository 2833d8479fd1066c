// gx[n, c, r, s]: the sum of w[o, c, p, q] gy[n, o, i, j] over all (o, p, q) for which patch (i, j) has pixel (r, s) under weight
// (p, q), that is i stride + p dilation - padding = r and so for j; twin: cpu.rs, input_grad.
// An invocation computes four neighbouring pixels of four channels.

override batch: u32;
override in_channels: u32;
override height: u32;
override width: u32;
override out_channels: u32;
override kernel_h: u32;
override kernel_w: u32;
override out_height: u32;
override out_width: u32;
override stride_h: u32;
override stride_w: u32;
override padding_h: u32;
override padding_w: u32;
override dilation_h: u32;
override dilation_w: u32;

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let quads = (width + 3u) / 4u;
    let r = id.x / quads;
    let s = (id.x % quads) * 4u;
    let c = id.y * 4u;
    if r >= height {
        return;
    }
    let taps = kernel_h * kernel_w;
    let planes = min(vec4u(c, c + 1u, c + 2u, c + 3u), vec4u(in_channels - 1u)) * taps;
    var c0 = vec4f(0.0);
    var c1 = vec4f(0.0);
    var c2 = vec4f(0.0);
    var c3 = vec4f(0.0);
    for (var o = 0u; o < out_channels; o++) {
        let filter_at = o * in_channels * taps;
        let plane = (id.z * out_channels + o) * out_height;
        for (var p = 0u; p < kernel_h; p++) {
            // Unsigned: what would be negative wraps round and lies past the last patch.
            let from_top = r + padding_h - p * dilation_h;
            let i = from_top / stride_h;
            if i >= out_height || i * stride_h != from_top {
                continue;
            }
            let line = (plane + i) * out_width;
            for (var q = 0u; q < kernel_w; q++) {
                let from_left = vec4u(s) + vec4u(0u, 1u, 2u, 3u) + padding_w - q * dilation_w;
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
    for (var a = 0u; a < 4u && c + a < in_channels; a++) {
        let line = ((id.z * in_channels + c + a) * height + r) * width;
        for (var b = 0u; b < 4u && s + b < width; b++) {
            gx[line + s + b] = channels[a][b];
        }
    }
}
