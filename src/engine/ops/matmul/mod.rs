//! Matrix products `y = A B (+ bias)`, with either factor transposed, and `linear`, which is one of them.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;
#[cfg(feature = "kernels")]
mod variants;

#[cfg(feature = "kernels")]
pub(in crate::ops) use variants::{TILED, chunk, sum_splits};

use super::{
    Example, Filling, Op, Registered, expand_channels, expect_countable, expect_filled, not_differentiable, sum_channels, sum_tangents,
};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "matmul", examples };

/// Rows and columns of y that one invocation computes; the same as in `matmul.wgsl`.
const TILE: usize = 4;

/// `y = op(a) op(b)`, where `op` transposes if asked; `a: [m, k]`, `b: [k, n]` after transposition, `y: [m, n]`.
pub fn matmul(graph: &mut Graph, a: NodeId, b: NodeId, transpose_a: bool, transpose_b: bool) -> Result<NodeId> {
    graph.apply(MatMul { name: "matmul", transpose_a, transpose_b, bias: false, relu: false }, &[a, b])
}

/// `torch.nn.functional.linear`: `y = x W^T + b` with `x: [batch, in]`, `weight: [out, in]`, `bias: [out]`.
pub fn linear(graph: &mut Graph, x: NodeId, weight: NodeId, bias: Option<NodeId>) -> Result<NodeId> {
    let mut inputs = vec![x, weight];
    inputs.extend(bias);
    graph.apply(MatMul { name: "linear", transpose_a: false, transpose_b: true, bias: bias.is_some(), relu: false }, &inputs)
}

#[derive(Clone, Debug)]
struct MatMul {
    /// The function that was called.
    name: &'static str,
    transpose_a: bool,
    transpose_b: bool,
    bias: bool,
    /// Whether what is below 0 becomes 0: a ReLU that follows.
    relu: bool,
}

impl MatMul {
    /// The same product of other factors.
    fn product(&self, graph: &mut Graph, a: NodeId, b: NodeId, bias: Option<NodeId>) -> Result<NodeId> {
        let mut inputs = vec![a, b];
        inputs.extend(bias);
        graph.apply(MatMul { bias: bias.is_some(), ..*self }, &inputs)
    }

    /// Rows and columns of the product.
    fn rows_and_columns(&self, inputs: &[&Shape]) -> Result<[usize; 2]> {
        super::expect_inputs(self, inputs, if self.bias { 3 } else { 2 })?;
        let (Some([a0, a1]), Some([b0, b1])) = (inputs[0].array(), inputs[1].array()) else {
            return Err(Error::shape(self.name(), format!("takes two matrices, got shapes {} and {}", inputs[0], inputs[1])));
        };
        expect_filled(self.name(), inputs)?;
        let (m, k) = if self.transpose_a { (a1, a0) } else { (a0, a1) };
        let (k_of_b, n) = if self.transpose_b { (b1, b0) } else { (b0, b1) };
        if k != k_of_b {
            return Err(Error::shape(
                self.name(),
                format!("the input has {k} features and the weights want {k_of_b} (shapes {} and {})", inputs[0], inputs[1]),
            ));
        }
        if self.bias && inputs[2].dims() != [n] {
            return Err(Error::shape(self.name(), format!("the bias has shape {}, it must be [{n}]", inputs[2])));
        }
        expect_countable(self.name(), &[m, n])?;
        Ok([m, n])
    }
}

impl Op for MatMul {
    fn name(&self) -> &'static str {
        self.name
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(Shape::new(&self.rows_and_columns(inputs)?))
    }

    /// For Y = A B: gA = gY B^T, gB = A^T gY; a factor that came in transposed takes the transpose of that.
    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        if self.relu {
            return Err(not_differentiable(self));
        }
        let (a, b) = (inputs[0], inputs[1]);
        let mut gradients = vec![None; inputs.len()];
        if needed[0] {
            gradients[0] = Some(if self.transpose_a {
                matmul(graph, b, gy, self.transpose_b, true)?
            } else {
                matmul(graph, gy, b, false, !self.transpose_b)?
            });
        }
        if needed[1] {
            gradients[1] = Some(if self.transpose_b {
                matmul(graph, gy, a, true, self.transpose_a)?
            } else {
                matmul(graph, a, gy, !self.transpose_a, false)?
            });
        }
        if self.bias && needed[2] {
            gradients[2] = Some(sum_channels(graph, gy)?);
        }
        Ok(gradients)
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        if self.relu {
            return Err(not_differentiable(self));
        }
        // Y = A B + b, so dY = dA B + A dB + db; db goes with whichever product there is.
        let (a, b) = (inputs[0], inputs[1]);
        let mut bias = tangents.get(2).copied().flatten();
        let by_b = tangents[1].map(|db| self.product(graph, a, db, bias.take())).transpose()?;
        let by_a = tangents[0].map(|da| self.product(graph, da, b, bias.take())).transpose()?;
        let by_bias = bias.map(|db| expand_channels(graph, db, graph.shape(output).clone())).transpose()?;
        sum_tangents(graph, &[by_a, by_b, by_bias])
    }
}

fn examples() -> Vec<Example> {
    let mut examples = vec![
        Example::new("linear", &[&[3, 7], &[5, 7], &[5]], Filling::Normal, |graph, x| linear(graph, x[0], x[1], Some(x[2]))),
        Example::new("linear, no bias", &[&[9, 4], &[6, 4]], Filling::Normal, |graph, x| linear(graph, x[0], x[1], None)),
    ];
    for (transpose_a, transpose_b) in [(false, false), (false, true), (true, false), (true, true)] {
        let a: &[usize] = if transpose_a { &[5, 3] } else { &[3, 5] };
        let b: &[usize] = if transpose_b { &[6, 5] } else { &[5, 6] };
        examples.push(Example::new(format!("transposed {transpose_a}, {transpose_b}"), &[a, b], Filling::Normal, move |graph, x| {
            matmul(graph, x[0], x[1], transpose_a, transpose_b)
        }));
    }
    // Every form of the fast ways: over the edges of tiles, in vectors and number by number, with k in one piece and in parts. Whole
    // numbers, so that every order of summing gives the same, and too many for finite differences.
    for (m, k, n) in [(70, 40, 68), (130, 67, 150), (3, 1100, 5), (12, 1024, 20), (260, 24, 300)] {
        for (transpose_a, transpose_b) in [(false, false), (false, true), (true, false), (true, true)] {
            let a = if transpose_a { [k, m] } else { [m, k] };
            let b = if transpose_b { [n, k] } else { [k, n] };
            let label = format!("[{m}, {k}] x [{k}, {n}], transposed {transpose_a}, {transpose_b}");
            examples.push(Example::new(label, &[&a, &b], Filling::Labels(5), move |graph, x| {
                matmul(graph, x[0], x[1], transpose_a, transpose_b)
            }));
        }
        examples.push(Example::new(
            format!("linear, {m} rows of {k} to {n}"),
            &[&[m, k], &[n, k], &[n]],
            Filling::Labels(5),
            |graph, x| linear(graph, x[0], x[1], Some(x[2])),
        ));
    }
    // More workgroups than devices allow in one dimension, and too many numbers for finite differences.
    examples.push(Example::new("many rows", &[&[2_100_000, 1], &[1, 1]], Filling::Labels(5), |graph, x| {
        matmul(graph, x[0], x[1], false, false)
    }));
    examples
}
