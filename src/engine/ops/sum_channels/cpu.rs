//! Twin of `sum_channels.wgsl`.

/// `x: [batch, channels, inner]`.
pub(super) fn sum_channels(x: &[f32], y: &mut [f32], inner: usize) {
    y.fill(0.0);
    if inner == 0 {
        return;
    }
    for image in x.chunks_exact(inner * y.len()) {
        for (y, channel) in y.iter_mut().zip(image.chunks_exact(inner)) {
            *y += channel.iter().sum::<f32>();
        }
    }
}
