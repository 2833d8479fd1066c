//! Twins of `add_channels.wgsl`.

/// `x, y: [batch, channels, inner]`, `b: [channels]`.
pub(super) fn add(x: &[f32], b: &[f32], y: &mut [f32], inner: usize) {
    for ((x, y), b) in x.chunks_exact(inner).zip(y.chunks_exact_mut(inner)).zip(b.iter().cycle()) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = x + b;
        }
    }
}

/// `y: [batch, channels, inner]`, `b: [channels]`.
pub(super) fn expand(b: &[f32], y: &mut [f32], inner: usize) {
    for (y, &b) in y.chunks_exact_mut(inner).zip(b.iter().cycle()) {
        y.fill(b);
    }
}
