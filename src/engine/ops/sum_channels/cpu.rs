//! Twin of `sum_channels.wgsl`.

use crate::ops::sums::sum_of;

/// `x: [batch, channels, inner]`.
pub(super) fn sum_channels(x: &[f32], y: &mut [f32], inner: usize) {
    y.fill(0.0);
    if inner == 0 {
        return;
    }
    for image in x.chunks_exact(inner * y.len()) {
        if inner == 1 {
            y.iter_mut().zip(image).for_each(|(y, x)| *y += x);
        } else {
            for (y, channel) in y.iter_mut().zip(image.chunks_exact(inner)) {
                *y += sum_of(channel, |x| x);
            }
        }
    }
}
