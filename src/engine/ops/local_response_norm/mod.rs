//! Local response normalisation (Krizhevsky et al., 2012), as `torch.nn.functional.local_response_norm`:
//! `y[c] = x[c] * (k + alpha / size * sum x[d]^2)^-beta`, the sum over the `size` channels from `c - size / 2` on (rounded down),
//! as far as they exist. `x: [batch, channels, ...]`.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_inputs, expect_same, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "local_response_norm", examples };

/// Normalises every number by the squares of its neighbouring channels.
pub fn local_response_norm(graph: &mut Graph, x: NodeId, size: usize, alpha: f32, beta: f32, k: f32) -> Result<NodeId> {
    graph.apply(Norm { settings: Settings { size, alpha, beta, k }, which: Which::Forward }, &[x])
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    size: usize,
    alpha: f32,
    beta: f32,
    k: f32,
}

#[derive(Clone, Copy, Debug)]
struct Sizes {
    batch: usize,
    channels: usize,
    inner: usize,
    before: usize,
    after: usize,
    share: f32,
    beta: f32,
    k: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Which {
    Forward,
    /// From x and the gradient of y: the gradient of x.
    Gradient,
    /// From x and its tangent: the tangent of y.
    Tangent,
}

/// The normalisation, or one of its derivatives.
#[derive(Clone, Copy, Debug)]
struct Norm {
    settings: Settings,
    which: Which,
}

impl Op for Norm {
    fn name(&self) -> &'static str {
        match self.which {
            Which::Forward => "local_response_norm",
            Which::Gradient => "local_response_norm_grad",
            Which::Tangent => "local_response_norm_tangent",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, if self.which == Which::Forward { 1 } else { 2 })?;
        if let Some(direction) = inputs.get(1) {
            expect_same(self, inputs[0], direction)?;
        }
        if inputs[0].rank() < 3 {
            return Err(Error::shape(self.name(), format!("takes [batch, channels, ...] with places, got {}", inputs[0])));
        }
        let Settings { size, alpha, beta, k } = self.settings;
        if size == 0 || !(alpha >= 0.0 && alpha.is_finite() && beta.is_finite() && k > 0.0 && k.is_finite()) {
            return Err(Error::model(format!(
                "local_response_norm has size {size}, alpha {alpha}, beta {beta}, k {k}; size must be 1 or more, alpha 0 or more, k positive"
            )));
        }
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        match self.which {
            Which::Forward => Ok(vec![Some(graph.apply(Norm { which: Which::Gradient, ..*self }, &[inputs[0], gy])?)]),
            Which::Gradient | Which::Tangent => Err(not_differentiable(self)),
        }
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        match self.which {
            Which::Forward => tangents[0].map(|dx| graph.apply(Norm { which: Which::Tangent, ..*self }, &[inputs[0], dx])).transpose(),
            Which::Gradient | Which::Tangent => Err(not_differentiable(self)),
        }
    }
}

fn examples() -> Vec<Example> {
    let case = |label: &str, channels: usize, size: usize| {
        Example::new(label, &[&[2, channels, 2, 3]], Filling::Normal, move |graph, x| {
            local_response_norm(graph, x[0], size, 0.5, 0.75, 1.5)
        })
    };
    vec![case("of 7 channels, size 5", 7, 5), case("of 3 channels, size 4", 3, 4), case("of one channel", 1, 5)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let s = Sizes { batch: 1, channels: 3, inner: 1, before: 1, after: 0, share: 0.5, beta: 1.0, k: 1.0 };
        let mut y = [0.0; 3];
        cpu::forward(s, &[1.0, 2.0, 3.0], &mut y);
        let want = [1.0 / 1.5, 2.0 / 3.5, 3.0 / 7.5];
        assert!(y.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-6), "{y:?}");
    }
}
