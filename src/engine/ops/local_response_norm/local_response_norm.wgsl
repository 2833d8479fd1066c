// Normalisation by the neighbouring channels, its gradient and its tangent; twin: cpu.rs. x is [batch, channels, inner].

override batch: u32;
override channels: u32;
override inner: u32;
override before: u32; // how many channels before one belong to its window
override after: u32;
override share: f32; // alpha / size
override beta: f32;
override k: f32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

// s = k + alpha / size * sum of squares over the window of channel c; `first` is the place of channel 0.
fn denominator(first: u32, c: u32) -> f32 {
    var sum = 0.0;
    for (var d = max(c, before) - before; d < min(c + after + 1u, channels); d++) {
        let value = x[first + d * inner];
        sum += value * value;
    }
    return k + share * sum;
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    let c = (i / inner) % channels;
    y[i] = x[i] * pow(denominator(i - c * inner, c), -beta);
}

@group(0) @binding(1) var<storage, read> v: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

// gx[d] = gy[d] s[d]^-beta - 2 share beta x[d] * sum of gy[c] x[c] s[c]^(-beta - 1) over the c whose window has d.
@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    let d = (i / inner) % channels;
    let first = i - d * inner;
    var sum = 0.0;
    for (var c = max(d, after) - after; c < min(d + before + 1u, channels); c++) {
        let at = first + c * inner;
        sum += v[at] * x[at] * pow(denominator(first, c), -beta - 1.0);
    }
    result[i] = v[i] * pow(denominator(first, d), -beta) - 2.0 * share * beta * x[i] * sum;
}

// dy[c] = dx[c] s[c]^-beta - 2 share beta x[c] s[c]^(-beta - 1) * sum of x dx over the window of c.
@compute @workgroup_size(64)
fn tangent(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= batch * channels * inner {
        return;
    }
    let c = (i / inner) % channels;
    let first = i - c * inner;
    var sum = 0.0;
    for (var d = max(c, before) - before; d < min(c + after + 1u, channels); d++) {
        sum += x[first + d * inner] * v[first + d * inner];
    }
    let s = denominator(first, c);
    result[i] = v[i] * pow(s, -beta) - 2.0 * share * beta * x[i] * pow(s, -beta - 1.0) * sum;
}
