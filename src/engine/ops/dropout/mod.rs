//! Dropout (Srivastava et al., 2014): `y = 0` with probability p, `y = x / (1 - p)` otherwise.
//!
//! What is dropped depends on the seed and the step in the control buffer, on the layer's stream, and on the place in the tensor: so
//! the backward pass computes the same mask again instead of keeping it, and a run can be repeated to the bit on any device.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_inputs};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::optim::control::CONTROL_LEN;
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "dropout", examples };

/// Drops numbers of `x` with probability `p`; `control` is the buffer of [`crate::optim::control`]. Layers with different streams
/// drop independently of each other.
pub fn dropout(graph: &mut Graph, x: NodeId, control: NodeId, p: f32, stream: u32) -> Result<NodeId> {
    if !(0.0..=1.0).contains(&p) {
        return Err(Error::model(format!("the dropout probability is {p}; it must be from 0 to 1")));
    }
    graph.apply(Dropout { p, stream }, &[x, control])
}

#[derive(Clone, Copy, Debug)]
struct Dropout {
    p: f32,
    stream: u32,
}

impl Op for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        if inputs[1].dims() != [CONTROL_LEN] {
            return Err(Error::shape(self.name(), format!("the control buffer has shape {}, it must be [{CONTROL_LEN}]", inputs[1])));
        }
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(graph.apply(*self, &[gy, inputs[1]])?), None])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| graph.apply(*self, &[dx, inputs[1]])).transpose()
    }
}

fn examples() -> Vec<Example> {
    let case = |p: f32| Example {
        label: format!("p = {p}"),
        inputs: vec![Shape::new(&[5, 7]), Shape::new(&[CONTROL_LEN])],
        fills: vec![Filling::Normal, Filling::Labels(100)],
        build: Box::new(move |graph, x| dropout(graph, x[0], x[1], p, 3)),
    };
    vec![case(0.0), case(0.4), case(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::control::Control;

    const N: usize = 100_000;

    fn mask(p: f32, stream: u32, step: u32) -> Vec<bool> {
        let control = Control { step, seed: 0x1234_5678, ..Control::default() };
        let mut y = vec![0.0; N];
        cpu::dropout(p, 1.0 / (1.0 - p), stream, &vec![1.0; N], &control.values(), &mut y);
        y.iter().map(|&y| y == 0.0).collect()
    }

    /// The share of n independent draws lies within 5 standard errors sqrt(p (1 - p) / n) of its probability.
    fn is_share(count: usize, p: f64) {
        let share = count as f64 / N as f64;
        assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / N as f64).sqrt(), "{share}, not {p}");
    }

    #[test]
    fn as_many_are_dropped_as_should_be() {
        for p in [0.1, 0.5, 0.8] {
            is_share(mask(p, 1, 1).iter().filter(|&&dropped| dropped).count(), f64::from(p));
        }
    }

    #[test]
    fn streams_and_steps_and_neighbours_are_independent() {
        let one = mask(0.5, 1, 1);
        for other in [mask(0.5, 2, 1), mask(0.5, 1, 2)] {
            is_share(one.iter().zip(&other).filter(|(a, b)| **a && **b).count(), 0.25);
        }
        is_share(one.iter().zip(one.iter().skip(1)).filter(|(a, b)| **a && **b).count(), 0.25);
        assert_eq!(one, mask(0.5, 1, 1));
    }
}
