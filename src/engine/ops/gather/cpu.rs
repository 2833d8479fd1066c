//! Twin of `gather.wgsl`.

use crate::kernel::Reads;
use crate::optim::control::Control;

pub(super) fn images(reads: &Reads<'_>, batch: &mut [f32], size: usize, scale: f32, shift: f32) {
    let pixels = reads.u8(0);
    for (&index, image) in order(reads).iter().zip(batch.chunks_exact_mut(size)) {
        let bytes = &pixels[index as usize * size..][..size];
        for (value, &byte) in image.iter_mut().zip(bytes) {
            *value = f32::from(byte) * scale + shift;
        }
    }
}

pub(super) fn rows(reads: &Reads<'_>, batch: &mut [f32], length: usize) {
    let numbers = reads.f32(0);
    for (&index, row) in order(reads).iter().zip(batch.chunks_exact_mut(length)) {
        row.copy_from_slice(&numbers[index as usize * length..][..length]);
    }
}

/// The order from the batch's first image on.
fn order<'a>(reads: &Reads<'a>) -> &'a [f32] {
    &reads.f32(1)[Control::read(reads.f32(2)).first_image as usize..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Slice;

    #[test]
    fn a_batch_follows_the_order_from_its_first_image() {
        let pixels: Vec<u8> = (0..12).map(|i| i * 20).collect();
        let control = Control { first_image: 1, ..Control::default() }.values();
        let reads = [Slice::U8(&pixels), Slice::F32(&[1.0, 2.0, 0.0]), Slice::F32(&control)];
        let mut batch = [0.0; 8];
        images(&Reads(&reads), &mut batch, 4, 1.0, -1.0);
        assert_eq!(batch, [159.0, 179.0, 199.0, 219.0, -1.0, 19.0, 39.0, 59.0]);
        let reads = [Slice::F32(&[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]), Slice::F32(&[1.0, 2.0, 0.0]), Slice::F32(&control)];
        let mut batch = [0.0; 4];
        rows(&Reads(&reads), &mut batch, 2);
        assert_eq!(batch, [5.5, 6.5, 1.5, 2.5]);
    }
}
