// Where four neighbouring pixels of a channel go: as they are.

override relu: bool; // whether what is below 0 becomes 0

@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn put_four(place: Place, channel: u32, column: u32, value: vec4f) {
    if channel >= out_per_group {
        return;
    }
    let plane = place.group * out_per_group + channel;
    let line = ((place.image * groups * out_per_group + plane) * out_height + place.i) * out_width;
    let sum = value;
    // Asked so that a NaN stays one.
    let last = select(sum, vec4f(0.0), (sum <= vec4f(0.0)) & vec4<bool>(relu));
    if column < out_width {
        y[line + column] = last.x;
    }
    if column + 1u < out_width {
        y[line + column + 1u] = last.y;
    }
    if column + 2u < out_width {
        y[line + column + 2u] = last.z;
    }
    if column + 3u < out_width {
        y[line + column + 3u] = last.w;
    }
}
