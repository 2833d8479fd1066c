//! How the numbers of a tensor are spread: mean, standard deviation, minimum, maximum, and a histogram.
//!
//! `x`: any shape. Output: `[SPREAD_LEN]`, that is `mean = sum x / n`, `sqrt(sum (x - mean)^2 / n)`, `min x`, `max x`, then how many
//! numbers lie in each of [`BINS`] equal bins from the minimum to the maximum, which belongs to the last bin; where both are equal,
//! all numbers are in the first. Infinities and NaN make mean and deviation NaN and are left out of the rest. It is a measurement:
//! not differentiated.

mod cpu;

use super::{Example, Op, Registered, expect_inputs, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::kernel::{GpuKernel, Kernel};
use crate::shape::Shape;

/// How many bins the histogram has.
pub const BINS: usize = 40;

/// The length of the output: mean, standard deviation, minimum, maximum, and the counts of the bins.
pub const SPREAD_LEN: usize = 4 + BINS;

const SPREAD: &str = include_str!("spread.wgsl");

pub(super) const REGISTERED: Registered = Registered { name: "spread", shaders: &[("spread.wgsl", SPREAD)], examples };

/// Mean, standard deviation, minimum, maximum and histogram of all numbers of `x`: `[SPREAD_LEN]`.
pub fn spread(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Spread, &[x])
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

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let constants = vec![("n", inputs[0].numel() as f64)];
        let gpu = GpuKernel { source: SPREAD, entry: "spread", constants, workgroups: [1, 1, 1] };
        Kernel { label: "spread".into(), gpu, cpu: Box::new(|reads, writes| cpu::spread(reads.f32(0), writes[0])) }
    }
}

fn examples() -> Vec<Example> {
    Vec::new()
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
    fn the_largest_numbers_have_bins_too() {
        let got = of(&[f32::MIN, 0., f32::MAX]);
        assert_eq!((got[4], got[4 + BINS / 2], got[SPREAD_LEN - 1]), (1., 1., 1.));
    }
}
