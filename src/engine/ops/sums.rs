//! Sums of many floats in eight lanes: in one, floats must be added one after the other, which no compiler may change.

const LANES: usize = 8;

/// The sum of `term(x)` over all numbers.
#[inline]
pub(super) fn sum_of(xs: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = xs.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for xs in chunks {
        for (lane, &x) in lanes.iter_mut().zip(xs) {
            *lane += term(x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += term(x);
    }
    together(lanes)
}

/// The sum of `term(x, y)` over all pairs; of equally many.
#[inline]
pub(super) fn sum_of_pairs(xs: &[f32], ys: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let ((x_chunks, x_rest), (y_chunks, y_rest)) = (xs.as_chunks::<LANES>(), ys.as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (xs, ys) in x_chunks.iter().zip(y_chunks) {
        for ((lane, &x), &y) in lanes.iter_mut().zip(xs).zip(ys) {
            *lane += term(x, y);
        }
    }
    for ((lane, &x), &y) in lanes.iter_mut().zip(x_rest).zip(y_rest) {
        *lane += term(x, y);
    }
    together(lanes)
}

fn together(lanes: [f32; LANES]) -> f32 {
    let four: [f32; 4] = std::array::from_fn(|i| lanes[i] + lanes[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_counts_once() {
        let xs: Vec<f32> = (0..37).map(|i| i as f32).collect();
        for n in 0..37usize {
            let want = (n * n.saturating_sub(1) / 2) as f32;
            assert_eq!(sum_of(&xs[..n], |x| x), want);
            assert_eq!(sum_of_pairs(&xs[..n], &xs[..n], |x, y| x + 2.0 * y), 3.0 * want);
        }
    }
}
