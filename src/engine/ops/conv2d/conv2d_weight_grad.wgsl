// gw[o, c, p, q] = sum of gy[n, o, i, j] x[n, c, i s + p d - P, j s + q d - P] over n, i, j; twin: cpu.rs, weight_grad.
// A workgroup computes one weight of four filters: its invocations share the rows of all images, then their sums are added.

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

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gw: array<f32>;

const SIZE: u32 = 64u;
var<workgroup> sums: array<vec4f, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let p = group.x / kernel_w;
    let q = group.x % kernel_w;
    let c = group.y;
    let o = group.z * 4u;
    let filters = min(vec4u(o, o + 1u, o + 2u, o + 3u), vec4u(out_channels - 1u));
    var sum = vec4f(0.0);
    for (var at = lane; at < batch * out_height; at += SIZE) {
        let image = at / out_height;
        let i = at % out_height;
        let row = i * stride_h + p * dilation_h - padding_h;
        if row >= height {
            continue;
        }
        let line = ((image * in_channels + c) * height + row) * width;
        let lines_y = ((image * out_channels + filters) * out_height + i) * out_width;
        for (var j = 0u; j < out_width; j++) {
            let column = j * stride_w + q * dilation_w - padding_w;
            let pixel = select(0.0, x[line + min(column, width - 1u)], column < width);
            sum += pixel * vec4f(gy[lines_y.x + j], gy[lines_y.y + j], gy[lines_y.z + j], gy[lines_y.w + j]);
        }
    }
    sums[lane] = sum;
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            sums[lane] += sums[lane + half];
        }
    }
    if lane == 0u {
        for (var a = 0u; a < 4u && o + a < out_channels; a++) {
            gw[((o + a) * in_channels + c) * kernel_h * kernel_w + group.x] = sums[0][a];
        }
    }
}
