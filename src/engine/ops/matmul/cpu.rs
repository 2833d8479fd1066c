//! Twin of `matmul.wgsl`.

use crate::gemm::{Matrix, gemm};
use crate::kernel::CpuKernel;

pub(super) fn matmul(m: usize, k: usize, n: usize, transpose_a: bool, transpose_b: bool) -> CpuKernel {
    Box::new(move |reads, writes| {
        let a = if transpose_a { Matrix::new(reads.f32(0), k, m).transposed() } else { Matrix::new(reads.f32(0), m, k) };
        let b = if transpose_b { Matrix::new(reads.f32(1), n, k).transposed() } else { Matrix::new(reads.f32(1), k, n) };
        let y = &mut *writes[0];
        let bias = reads.len() == 3;
        if bias {
            for row in y.chunks_exact_mut(n) {
                row.copy_from_slice(reads.f32(2));
            }
        }
        gemm(y, a, b, bias);
    })
}
