//! Twin of `dropout.wgsl`.

use crate::ops::random::{threefry, uniform};
use crate::optim::control::Control;

pub(super) fn dropout(p: f32, keep_scale: f32, stream: u32, x: &[f32], control: &[f32], y: &mut [f32]) {
    let control = Control::read(control);
    for ((pair, ys), xs) in (0u32..).zip(y.chunks_mut(2)).zip(x.chunks(2)) {
        let bits = threefry([control.seed, stream], [control.step, pair]);
        for ((y, x), bits) in ys.iter_mut().zip(xs).zip(bits) {
            *y = if uniform(bits) >= p { x * keep_scale } else { 0.0 };
        }
    }
}
