//! Products of all forms and sizes against sums in double precision.

use super::*;
use crate::rng::Rng;
use proptest::prelude::*;

fn normal(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, 7);
    (0..n).map(|_| rng.normal()).collect()
}

/// Computes `c (+)= op(a) op(b)` and holds every number against its sum in double precision.
fn check(m: usize, k: usize, n: usize, [transpose_a, transpose_b]: [bool; 2], accumulate: bool) {
    let (a, b, before) = (normal(m * k, 1), normal(k * n, 2), normal(m * n, 3));
    let mut c = if accumulate { before.clone() } else { vec![f32::NAN; m * n] };
    let left = if transpose_a { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
    let right = if transpose_b { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
    gemm(&mut c, left, right, accumulate);
    for i in 0..m {
        for j in 0..n {
            let product = |p: usize| {
                let a = if transpose_a { a[p * m + i] } else { a[i * k + p] };
                let b = if transpose_b { b[j * k + p] } else { b[p * n + j] };
                f64::from(a) * f64::from(b)
            };
            let start = if accumulate { f64::from(before[i * n + j]) } else { 0.0 };
            let want = start + (0..k).map(product).sum::<f64>();
            let size = start.abs() + (0..k).map(|p| product(p).abs()).sum::<f64>();
            let got = f64::from(c[i * n + j]);
            assert!(
                (got - want).abs() <= 1e-6 * (size + 1.0),
                "[{m}, {k}] x [{k}, {n}] {transpose_a} {transpose_b}: ({i}, {j}) is {got}, not {want}"
            );
        }
    }
}

const FORMS: [[bool; 2]; 4] = [[false, false], [false, true], [true, false], [true, true]];

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

#[test]
fn around_the_edges_of_tiles() {
    for form in FORMS {
        for m in [1, 2, 5, 6, 7, 11, 13] {
            for n in [1, 3, 4, 7, 8, 9, 15, 16, 17, 33] {
                check(m, 5, n, form, m % 2 == 0);
            }
        }
    }
}

#[test]
fn around_the_edges_of_blocks() {
    for form in FORMS {
        for k in [1, 3, 4, DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH + 3] {
            check(7, k, 18, form, k % 2 == 0);
        }
        let [rows, columns] = [LEFT / DEPTH, RIGHT / DEPTH];
        check(rows + 5, DEPTH, 9, form, true);
        check(3, DEPTH, columns + 21, form, true);
    }
}

#[test]
fn without_depth_there_is_only_the_start() {
    let mut c = [1.0, 2.0];
    gemm(&mut c, Matrix::new(&[], 1, 0), Matrix::new(&[], 0, 2), true);
    assert_eq!(c, [1.0, 2.0]);
    gemm(&mut c, Matrix::new(&[], 1, 0), Matrix::new(&[], 0, 2), false);
    assert_eq!(c, [0.0, 0.0]);
    gemm(&mut [], Matrix::new(&[], 0, 3), Matrix::new(&[1.0; 6], 3, 2), false);
    gemm(&mut [], Matrix::new(&[1.0; 6], 2, 3), Matrix::new(&[], 3, 0), false);
}

#[test]
fn what_is_not_a_number_stays_where_it_belongs() {
    let mut b = vec![1.0; 3 * 9];
    b[4] = f32::NAN;
    let mut c = [0.0; 2 * 9];
    gemm(&mut c, Matrix::new(&[1.0; 6], 2, 3), Matrix::new(&b, 3, 9), false);
    for (i, value) in c.iter().enumerate() {
        assert_eq!(value.is_nan(), i % 9 == 4, "{c:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn of_any_size(m in 1usize..40, k in 1usize..700, n in 1usize..60, form in 0usize..4, accumulate: bool) {
        check(m, k, n, FORMS[form], accumulate);
    }

    #[test]
    fn by_transposes_of_any_size(m in 1usize..12, k in 0usize..1200, n in 1usize..12) {
        let (a, b) = (normal(m * k, 4), normal(n * k, 5));
        let mut c = vec![0.5; m * n];
        add_products(&mut c, k, (&Matrix::new(&a, m, k), m), (&Matrix::new(&b, n, k), n));
        for i in 0..m {
            for j in 0..n {
                let pairs = a[i * k..][..k].iter().zip(&b[j * k..]);
                let want = 0.5 + pairs.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
                let got = f64::from(c[i * n + j]);
                prop_assert!((got - want).abs() < 1e-3, "({i}, {j}) of [{m}, {k}] and [{n}, {k}] is {got}, not {want}");
            }
        }
    }
}

#[test]
fn by_transposes_past_a_block() {
    let (m, k, n) = (DEPTH + 2, LONG + 9, DEPTH + 4);
    let (a, b) = (normal(m * k, 4), normal(n * k, 5));
    let mut c = vec![0.0; m * n];
    add_products(&mut c, k, (&Matrix::new(&a, m, k), m), (&Matrix::new(&b, n, k), n));
    let mut want = vec![0.0; m * n];
    gemm(&mut want, Matrix::new(&a, m, k), Matrix::new(&b, n, k).transposed(), false);
    assert!(c.iter().zip(&want).all(|(got, want)| (got - want).abs() < 1e-3));
}
