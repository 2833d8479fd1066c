//! How batch normalisation is cut into parts: by images where a number needs no other, by channels where it does.

use super::kernel::running_kernel;
use crate::kernel::{Operand, Ranges};
use crate::ops::cut::{Cut, Put, Take};
use Take::{Along, Whole};
use std::ops::Range;

pub(super) fn forward() -> Vec<Cut> {
    vec![Cut::rows([true, false, false, false]), Cut::new([Along(1), Along(1), Along(0), Along(0)], Put::Along(1))]
}

/// Of so many numbers a channel in all.
pub(super) fn input_grad(count: usize) -> Vec<Cut> {
    let channels = [Along(1), Along(1), Along(0), Along(1), Along(0), Along(0)];
    vec![Cut::rows([true, false, false, true, false, false]).of("count", count), Cut::new(channels, Put::Along(1))]
}

pub(super) fn weight_grad() -> Vec<Cut> {
    let images = Cut::new([Along(0), Whole, Along(0)], Put::Sum { relu: false });
    vec![images, Cut::new([Along(1), Along(1), Along(1)], Put::Along(0))]
}

/// Only by channels: a variance is the sum of no parts.
pub(super) fn moments() -> Vec<Cut> {
    vec![Cut::new([Along(1)], Put::Along(1))]
}

pub(super) fn half() -> Vec<Cut> {
    vec![Cut::new([Along(1)], Put::Along(0))]
}

pub(super) fn normalize() -> Vec<Cut> {
    vec![Cut::rows([true, false, false]), Cut::new([Along(1), Along(0), Along(0)], Put::Along(1))]
}

/// [`running_kernel`] range by range.
pub fn running_ranges(len: usize) -> Ranges {
    let part = |range: &Range<usize>, each: usize| (each * range.start, each * range.len());
    Ranges::each(len, 2, vec![Operand::Read(0), Operand::Write(0)], running_kernel, move |range| {
        let ((from, len), (first, count)) = (part(range, 1), part(range, 2));
        [vec![Operand::ReadPart(0, from, len), Operand::ReadPart(1, first, count)], vec![Operand::WritePart(0, from, len)]]
    })
}
