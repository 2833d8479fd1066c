//! Matrix products on the CPU: a safe face to the `gemm` crate. The engine's only unsafe code.

/// A matrix in a slice: element (i, j) is `values[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `rows` x `columns`, row-major and dense.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a dense matrix fills its slice");
        Matrix { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The transpose, without moving a number.
    pub(crate) fn transposed(self) -> Self {
        Matrix { rows: self.columns, columns: self.rows, row_stride: self.column_stride, column_stride: self.row_stride, ..self }
    }
}

/// `c = a b`, or `c += a b`; c is row-major and dense.
pub(crate) fn gemm(c: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, accumulate: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert_eq!(k, b.rows, "the inner dimensions agree");
    assert_eq!(c.len(), m * n, "the product fills its slice");
    // SAFETY: `Matrix::new` proves that every index (i, j) of a and b lies in its slice, and `transposed` permutes them; the
    // assertion above proves it for c, which is borrowed mutably and so overlaps neither.
    #[allow(unsafe_code)]
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            a.values.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.values.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplies_and_accumulates() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let b = [1.0, 0.0, 2.0, 1.0, 0.0, 3.0];
        let mut c = [f32::NAN; 4];
        gemm(&mut c, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), false);
        assert_eq!(c, [5.0, 11.0, 14.0, 23.0]);
        gemm(&mut c, Matrix::new(&b, 3, 2).transposed(), Matrix::new(&a, 2, 3).transposed(), true);
        assert_eq!(c, [10.0, 25.0, 25.0, 46.0]);
    }
}
