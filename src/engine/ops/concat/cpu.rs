//! Twins of `concat.wgsl`.

use crate::kernel::Reads;

/// `sizes` are those of one image of each input.
pub(super) fn concat(sizes: &[usize], reads: &Reads<'_>, y: &mut [f32]) {
    for (image, y) in y.chunks_exact_mut(sizes.iter().sum()).enumerate() {
        let mut rest = y;
        for (index, &size) in sizes.iter().enumerate() {
            let (part, after) = rest.split_at_mut(size);
            part.copy_from_slice(&reads.f32(index)[image * size..][..size]);
            rest = after;
        }
    }
}

/// The stretch of `size` from `from` on, of images of `whole`.
pub(super) fn stretch(whole: usize, from: usize, size: usize, x: &[f32], y: &mut [f32]) {
    for (y, x) in y.chunks_exact_mut(size).zip(x.chunks_exact(whole)) {
        y.copy_from_slice(&x[from..from + size]);
    }
}
