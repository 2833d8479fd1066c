//! Several runs of one experiment as one curve: their mean, and a band of one standard deviation to both sides.
//!
//! Pure; knows numbers only.

use super::lines::{Look, Series};
use std::collections::BTreeMap;

/// Mean and band of curves that differ in their seed alone, in one colour: the band first, to lie below. Where the curves have other steps,
/// a step counts only if every curve has a finite value there. The deviation is that of a sample (divided by n - 1), 0 of a single curve.
pub fn mean_and_band(name: &str, color: usize, curves: &[Vec<(f64, f64)>]) -> [Series; 2] {
    let mut at: BTreeMap<u64, (f64, Vec<f64>)> = BTreeMap::new();
    for &(step, value) in curves.iter().flatten().filter(|(step, value)| step.is_finite() && *step >= 0.0 && value.is_finite()) {
        // The bits of numbers that are not negative are in their order.
        at.entry(step.to_bits()).or_insert_with(|| (step, Vec::new())).1.push(value);
    }
    let (mut mean, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for (step, values) in at.into_values().filter(|(_, values)| values.len() == curves.len()) {
        let n = values.len() as f64;
        let middle = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
        let deviation = if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        mean.push((step, middle));
        low.push((step, middle - deviation));
        high.push((step, middle + deviation));
    }
    low.append(&mut high);
    let series = |name: String, points, look| Series { name, color, points, look };
    let count = curves.len();
    [series(format!("{name}, ± 1 standard deviation"), low, Look::Band), series(format!("{name}, mean of {count}"), mean, Look::Line)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_and_the_deviation_by_hand() {
        let curves = [vec![(1.0, 1.0), (2.0, 4.0)], vec![(1.0, 3.0), (2.0, 4.0), (3.0, 9.0)]];
        let [band, mean] = mean_and_band("loss", 3, &curves);
        // Step 3 has one value only.
        assert_eq!(mean.points, [(1.0, 2.0), (2.0, 4.0)]);
        let root = 2f64.sqrt();
        assert_eq!(band.points, [(1.0, 2.0 - root), (2.0, 4.0), (1.0, 2.0 + root), (2.0, 4.0)]);
        assert_eq!((band.look, band.color, mean.name.as_str()), (Look::Band, 3, "loss, mean of 2"));
    }

    #[test]
    fn one_curve_is_its_own_mean_and_what_is_not_finite_does_not_count() {
        let [band, mean] = mean_and_band("loss", 0, &[vec![(1.0, 5.0), (2.0, f64::NAN)]]);
        assert_eq!((mean.points.as_slice(), band.points.as_slice()), (&[(1.0, 5.0)][..], &[(1.0, 5.0), (1.0, 5.0)][..]));
        assert!(mean_and_band("loss", 0, &[]).iter().all(|series| series.points.is_empty()));
    }
}
