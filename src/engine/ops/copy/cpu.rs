//! Twin of `copy.wgsl`.

use crate::kernel::Reads;

pub(super) fn copy(reads: &Reads<'_>, writes: &mut [&mut [f32]]) {
    writes[0].copy_from_slice(reads.f32(0));
}
