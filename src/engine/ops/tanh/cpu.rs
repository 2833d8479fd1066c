//! Twin of `tanh.wgsl`.

use crate::kernel::Reads;

pub(super) fn forward(reads: &Reads<'_>, writes: &mut [&mut [f32]]) {
    for (y, &x) in writes[0].iter_mut().zip(reads.f32(0)) {
        *y = x.tanh();
    }
}

pub(super) fn backward(reads: &Reads<'_>, writes: &mut [&mut [f32]]) {
    let (out, gy) = (reads.f32(0), reads.f32(1));
    for ((gx, &out), &gy) in writes[0].iter_mut().zip(out).zip(gy) {
        *gx = gy * (1.0 - out * out);
    }
}
