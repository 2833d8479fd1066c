//! Twin of `relu.wgsl`.

use crate::kernel::Reads;

pub(super) fn forward(reads: &Reads<'_>, writes: &mut [&mut [f32]]) {
    for (y, &x) in writes[0].iter_mut().zip(reads.f32(0)) {
        *y = x.max(0.0);
    }
}

pub(super) fn backward(reads: &Reads<'_>, writes: &mut [&mut [f32]]) {
    let (out, gy) = (reads.f32(0), reads.f32(1));
    for ((gx, &out), &gy) in writes[0].iter_mut().zip(out).zip(gy) {
        *gx = if out > 0.0 { gy } else { 0.0 };
    }
}
