//! Twins of `local_response_norm.wgsl`.

use super::Sizes;
use std::ops::Range;

impl Sizes {
    /// The channels whose squares count for channel c.
    fn window(&self, c: usize) -> Range<usize> {
        c.saturating_sub(self.before)..(c + self.after + 1).min(self.channels)
    }

    /// The channels for which channel d counts.
    fn reached(&self, d: usize) -> Range<usize> {
        d.saturating_sub(self.after)..(d + self.before + 1).min(self.channels)
    }

    fn denominator(&self, x: &[f32], first: usize, c: usize) -> f32 {
        let sum: f32 = self.window(c).map(|d| x[first + d * self.inner].powi(2)).sum();
        self.k + self.share * sum
    }

    /// Calls `each` with every place, the place of channel 0 beside it, and the channel.
    fn each(&self, mut each: impl FnMut(usize, usize, usize)) {
        for i in 0..self.batch * self.channels * self.inner {
            let c = i / self.inner % self.channels;
            each(i, i - c * self.inner, c);
        }
    }
}

pub(super) fn forward(s: Sizes, x: &[f32], y: &mut [f32]) {
    s.each(|i, first, c| y[i] = x[i] * s.denominator(x, first, c).powf(-s.beta));
}

pub(super) fn gradient(s: Sizes, x: &[f32], gy: &[f32], gx: &mut [f32]) {
    s.each(|i, first, d| {
        let at = |c: usize| first + c * s.inner;
        let sum: f32 = s.reached(d).map(|c| gy[at(c)] * x[at(c)] * s.denominator(x, first, c).powf(-s.beta - 1.0)).sum();
        gx[i] = gy[i] * s.denominator(x, first, d).powf(-s.beta) - 2.0 * s.share * s.beta * x[i] * sum;
    });
}

pub(super) fn tangent(s: Sizes, x: &[f32], dx: &[f32], dy: &mut [f32]) {
    s.each(|i, first, c| {
        let sum: f32 = s.window(c).map(|d| x[first + d * s.inner] * dx[first + d * s.inner]).sum();
        let base = s.denominator(x, first, c);
        dy[i] = dx[i] * base.powf(-s.beta) - 2.0 * s.share * s.beta * x[i] * base.powf(-s.beta - 1.0) * sum;
    });
}
