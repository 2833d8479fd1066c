//! How the numbers of a tensor are spread: mean, standard deviation, minimum, maximum, and a histogram.
//!
//! `x`: any shape. Output: `[SPREAD_LEN]`, that is `mean = sum x / n`, `sqrt(sum (x - mean)^2 / n)`, `min x`, `max x`, then how many
//! numbers lie in each of [`BINS`] equal bins from the minimum to the maximum, which belongs to the last bin; where both are equal,
//! all numbers are in the first. Infinities and NaN make mean and deviation NaN and are left out of the rest. It is a measurement:
//! not differentiated.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;
#[cfg(feature = "kernels")]
mod parts;

use super::{Example, Op, Registered, expect_inputs, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

/// How many bins the histogram has.
pub const BINS: usize = 40;

/// The length of the output: mean, standard deviation, minimum, maximum, and the counts of the bins.
pub const SPREAD_LEN: usize = 4 + BINS;

pub(super) const REGISTERED: Registered = Registered { name: "spread", examples };

/// Mean, standard deviation, minimum, maximum and histogram of all numbers of `x`: `[SPREAD_LEN]`.
pub fn spread(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Spread, &[x])
}

/// Of `x: [batch, channels, ...]`: the share of channels that are 0 for the whole batch, and the share of numbers that are at most
/// `low` or at least `high`: `[2]`.
pub fn units(graph: &mut Graph, x: NodeId, low: f32, high: f32) -> Result<NodeId> {
    graph.apply(Units { low, high }, &[x])
}

#[derive(Debug)]
struct Units {
    low: f32,
    high: f32,
}

impl Op for Units {
    fn name(&self) -> &'static str {
        "units"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        if inputs[0].rank() < 2 || inputs[0].numel() == 0 {
            return Err(Error::shape(self.name(), format!("takes [batch, channels, ...], got {}", inputs[0])));
        }
        Ok(Shape::new(&[2]))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

#[derive(Debug)]
struct Spread;

impl Op for Spread {
    fn name(&self) -> &'static str {
        "spread"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        if inputs[0].numel() == 0 {
            return Err(Error::shape(self.name(), format!("the input has shape {}; it must hold at least one number", inputs[0])));
        }
        Ok(Shape::new(&[SPREAD_LEN]))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

fn examples() -> Vec<Example> {
    let measured = |label: &str, shape: &[usize], build: fn(&mut Graph, NodeId) -> Result<NodeId>| Example {
        label: label.into(),
        inputs: vec![Shape::new(shape)],
        fills: vec![super::Filling::Labels(3)],
        build: Box::new(move |graph, x| build(graph, x[0])),
    };
    vec![
        measured("spread", &[700], spread),
        measured("units", &[2, 40, 1, 2], |graph, x| units(graph, x, -1.0, 2.0)),
        measured("units of features", &[3, 300], |graph, x| units(graph, x, -1.0, 1.5)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(x: &[f32]) -> Vec<f32> {
        let mut result = vec![9.0; SPREAD_LEN];
        cpu::spread(x, &mut result);
        result
    }

    #[test]
    fn by_hand() {
        let got = of(&[1., 2., 3., 4.]);
        assert_eq!(got[0], 2.5);
        assert!((got[1] - 1.25f32.sqrt()).abs() < 1e-7);
        assert_eq!(got[2..4], [1., 4.]);
        // Thirds of 40 bins: 13.3 and 26.7.
        let full: Vec<usize> = (0..BINS).filter(|bin| got[4 + bin] == 1.0).collect();
        assert_eq!(full, [0, 13, 26, 39]);
    }

    #[test]
    fn every_edge_opens_its_bin() {
        let x: Vec<f32> = (0..=40).map(|i| i as f32 * 0.5 - 7.0).collect();
        let got = of(&x);
        assert_eq!(got[2..4], [-7., 13.]);
        assert!(got[4..SPREAD_LEN - 1].iter().all(|&count| count == 1.0));
        assert_eq!(got[SPREAD_LEN - 1], 2.0);
    }

    #[test]
    fn equal_numbers_share_the_first_bin() {
        let got = of(&[0.1; 1000]);
        assert_eq!(got[0], 0.1);
        assert!(got[1] < 1e-7);
        assert_eq!(got[2..5], [0.1, 0.1, 1000.]);
        assert_eq!(got[5..].iter().sum::<f32>(), 0.0);
    }

    #[test]
    fn what_is_not_finite_is_not_counted() {
        let got = of(&[f32::NAN, 1., f32::INFINITY, 3., f32::NEG_INFINITY]);
        assert!(got[0].is_nan() && got[1].is_nan());
        assert_eq!(got[2..4], [1., 3.]);
        assert_eq!((got[4], got[SPREAD_LEN - 1]), (1., 1.));
        assert_eq!(got[4..].iter().sum::<f32>(), 2.0);
        let none = of(&[f32::NAN; 3]);
        assert!(none[..4].iter().all(|value| value.is_nan()));
        assert_eq!(none[4..].iter().sum::<f32>(), 0.0);
    }

    #[test]
    fn units_that_are_off_and_numbers_that_are_saturated() {
        let mut result = [9.0; 2];
        // Two images of three channels of two numbers; the second channel is off in both.
        cpu::units(3, 2, -0.99, 0.99, &[1., 0., 0., 0., 0., 0.5, -1., 0., 0., 0., 0., 0.25], &mut result);
        assert_eq!(result, [1.0 / 3.0, 2.0 / 12.0]);
    }

    #[test]
    fn the_ratio_of_an_update() {
        let mut ratio = [9.0];
        cpu::update_ratio(&[3.0, 4.0], &[3.0, 4.5], &mut ratio);
        assert_eq!(ratio, [0.1]);
        cpu::update_ratio(&[0.0], &[1.0], &mut ratio);
        assert_eq!(ratio, [0.0]);
    }

    #[test]
    fn the_largest_numbers_have_bins_too() {
        let got = of(&[f32::MIN, 0., f32::MAX]);
        assert_eq!((got[4], got[4 + BINS / 2], got[SPREAD_LEN - 1]), (1., 1., 1.));
    }
}
