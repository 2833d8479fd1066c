//! The transpose of taking patches: what stands for a patch's tap is added to the pixel it was taken from. Knows nothing of weights.

use super::Sizes;
use std::ops::Range;

/// Where along one axis a weight meets the image.
#[derive(Clone, Copy)]
struct Axis {
    stride: usize,
    /// The weight's distance from the patch's first pixel.
    ahead: usize,
    padding: usize,
    size: usize,
    out: usize,
}

impl Axis {
    /// The patches whose pixel under this weight lies inside the image.
    fn inside(&self) -> Range<usize> {
        let first = self.padding.saturating_sub(self.ahead).div_ceil(self.stride).min(self.out);
        let end = (self.size + self.padding).saturating_sub(self.ahead).div_ceil(self.stride).min(self.out);
        first..end.max(first)
    }

    /// The pixel of a patch inside.
    fn pixel(&self, patch: usize) -> usize {
        patch * self.stride + self.ahead - self.padding
    }
}

/// `patches` has a row for every tap (c, p, q), each beginning `between` after the last, with a number for every patch (i, j); `x` is the
/// channels of one group of one image.
pub(super) fn add_back(s: &Sizes, patches: &[f32], between: usize, x: &mut [f32]) {
    let ([height, width], [kernel_h, kernel_w], [_, out_width]) = (s.image, s.kernel, s.out);
    let axis = |axis: usize, at: usize| Axis {
        stride: s.settings.stride[axis],
        ahead: at * s.settings.dilation[axis],
        padding: s.settings.padding[axis],
        size: s.image[axis],
        out: s.out[axis],
    };
    x.fill(0.0);
    for (tap, row) in (0..s.taps()).zip(patches.chunks(between)) {
        let (down, across) = (axis(0, tap / kernel_w % kernel_h), axis(1, tap % kernel_w));
        let js = across.inside();
        if js.is_empty() {
            continue;
        }
        for i in down.inside() {
            let line = &mut x[(tap / (kernel_h * kernel_w) * height + down.pixel(i)) * width..][..width];
            let (pixels, values) = (&mut line[across.pixel(js.start)..], &row[i * out_width..][js.clone()]);
            if across.stride == 1 {
                pixels.iter_mut().zip(values).for_each(|(pixel, value)| *pixel += value);
            } else {
                pixels.iter_mut().step_by(across.stride).zip(values).for_each(|(pixel, value)| *pixel += value);
            }
        }
    }
}
