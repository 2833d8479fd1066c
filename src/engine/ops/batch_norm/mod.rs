//! Batch normalisation (Ioffe and Szegedy, 2015): every channel of a batch gets mean 0 and variance 1, then a learned scale and shift.
//!
//! `x: [batch, channels, ...]`, `weight, bias: [channels]`; with mean and variance (divided by n) over all but the channels,
//! `y = (x - mean) / sqrt(variance + eps) * weight + bias`. The gradient goes through mean and variance.
//!
//! In use ([`batch_norm_eval`]) mean and variance are given: those that were kept while training ([`super::running_kernel`]).

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
mod cuts;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, channel_affine, expect_inputs, fill, not_differentiable, sum_channels, sum_tangents};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "batch_norm", examples };

/// What batch normalisation in training gives.
#[derive(Clone, Copy, Debug)]
pub struct BatchNormOutput {
    /// The normalised batch.
    pub y: NodeId,
    /// The mean of every channel: `[channels]`.
    pub mean: NodeId,
    /// The variance of every channel, divided by n: `[channels]`.
    pub variance: NodeId,
    /// What makes of it the variance divided by n - 1, which the running variance is made of: `n / (n - 1)`.
    pub unbiased: f32,
}

/// Normalises a batch by its own statistics.
pub fn batch_norm(graph: &mut Graph, x: NodeId, affine: Option<(NodeId, NodeId)>, eps: f32) -> Result<BatchNormOutput> {
    let channels = Shape::new(&[Sizes::new("batch_norm", graph.shape(x), eps)?.channels]);
    let (weight, bias) = match affine {
        Some(affine) => affine,
        None => (fill(graph, channels.clone(), 1.0)?, fill(graph, channels, 0.0)?),
    };
    let stats = graph.apply(Moments, &[x])?;
    let y = graph.apply(BatchNorm { eps, relu: false }, &[x, stats, weight, bias])?;
    let mean = graph.apply(Half { second: false }, &[stats])?;
    let variance = graph.apply(Half { second: true }, &[stats])?;
    let sizes = Sizes::new("batch_norm", graph.shape(x), eps)?;
    let n = (sizes.batch * sizes.inner) as f32;
    Ok(BatchNormOutput { y, mean, variance, unbiased: n / (n - 1.0) })
}

/// Normalises by a given mean and variance: `(x - mean) / sqrt(variance + eps) * weight + bias`. Not differentiated with respect to
/// mean and variance, which are kept, not learned.
pub fn batch_norm_eval(
    graph: &mut Graph,
    x: NodeId,
    mean: NodeId,
    variance: NodeId,
    affine: Option<(NodeId, NodeId)>,
    eps: f32,
) -> Result<NodeId> {
    let normal = graph.apply(Normalize { eps }, &[x, mean, variance])?;
    match affine {
        Some((weight, bias)) => channel_affine(graph, normal, weight, bias),
        None => Ok(normal),
    }
}

/// How the numbers of a channel lie: `[batch, channels, inner]`.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    batch: usize,
    channels: usize,
    inner: usize,
    eps: f32,
}

impl Sizes {
    fn new(op: &str, x: &Shape, eps: f32) -> Result<Self> {
        if x.rank() < 2 || x.numel() == 0 {
            return Err(Error::shape(op, format!("takes [batch, channels, ...], got {x}")));
        }
        let sizes = Sizes::of(x, eps);
        if sizes.batch * sizes.inner < 2 {
            return Err(Error::shape(
                op,
                format!("got {x}, one value a channel, which has no variance; training needs a batch of more than one"),
            ));
        }
        Ok(sizes)
    }

    fn of(x: &Shape, eps: f32) -> Self {
        Sizes { batch: x[0], channels: x[1], inner: x.dims()[2..].iter().product(), eps }
    }
}

/// From x, what [`Moments`] measured, weight and bias: the normalised batch. Its derivative by x goes through the moments too.
#[derive(Clone, Copy, Debug)]
struct BatchNorm {
    eps: f32,
    /// Whether what is below 0 becomes 0: a ReLU that follows.
    relu: bool,
}

impl BatchNorm {
    /// The gradients of x, weight and bias; the first one takes the others.
    fn gradients(self, graph: &mut Graph, [x, stats, weight]: [NodeId; 3], gy: NodeId) -> Result<[NodeId; 3]> {
        let eps = self.eps;
        let gw = graph.apply(WeightGrad { eps }, &[x, stats, gy])?;
        let gb = sum_channels(graph, gy)?;
        Ok([graph.apply(InputGrad { eps }, &[x, stats, weight, gy, gw, gb])?, gw, gb])
    }
}

impl Op for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 4)?;
        let channels = Sizes::new(self.name(), inputs[0], self.eps)?.channels;
        for (what, shape) in [("weight", inputs[2]), ("bias", inputs[3])] {
            if shape.dims() != [channels] {
                return Err(Error::shape(self.name(), format!("the {what} has shape {shape}, it must be [{channels}] for {}", inputs[0])));
            }
        }
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        if self.relu {
            return Err(not_differentiable(self));
        }
        let [gx, gw, gb] = self.gradients(graph, [inputs[0], inputs[1], inputs[2]], gy)?;
        Ok(vec![needed[0].then_some(gx), None, needed[2].then_some(gw), needed[3].then_some(gb)])
    }

    /// The Jacobian with respect to x is symmetric in every channel; with respect to weight and bias y is linear.
    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        if self.relu {
            return Err(not_differentiable(self));
        }
        let (x, stats, weight) = (inputs[0], inputs[1], inputs[2]);
        let by_x = tangents[0].map(|dx| self.gradients(graph, [x, stats, weight], dx)).transpose()?.map(|[dy, ..]| dy);
        let by_affine = match (tangents[2], tangents[3]) {
            (None, None) => None,
            (dw, db) => {
                let channels = graph.shape(weight).clone();
                let dw = dw.map_or_else(|| fill(graph, channels.clone(), 0.0), Ok)?;
                let db = db.map_or_else(|| fill(graph, channels, 0.0), Ok)?;
                Some(graph.apply(*self, &[x, stats, dw, db])?)
            }
        };
        sum_tangents(graph, &[by_x, by_affine])
    }
}

/// From x, its moments, the weight, the gradient of y and its sums with and without x': the gradient of x.
#[derive(Clone, Copy, Debug)]
struct InputGrad {
    eps: f32,
}

impl Op for InputGrad {
    fn name(&self) -> &'static str {
        "batch_norm_input_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 6)?;
        super::expect_same(self, inputs[0], inputs[3])?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

/// From x, its moments and the gradient of y: the gradient of the weight.
#[derive(Clone, Copy, Debug)]
struct WeightGrad {
    eps: f32,
}

impl Op for WeightGrad {
    fn name(&self) -> &'static str {
        "batch_norm_weight_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 3)?;
        super::expect_same(self, inputs[0], inputs[2])?;
        Ok(Shape::new(&[inputs[0][1]]))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

/// The means of all channels, then their variances (divided by n): `[2, channels]`. What follows from them is differentiated as a whole.
#[derive(Clone, Copy, Debug)]
struct Moments;

impl Op for Moments {
    fn name(&self) -> &'static str {
        "channel_moments"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        Ok(Shape::new(&[2, Sizes::new(self.name(), inputs[0], 0.0)?.channels]))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    /// What is only measured has no part in a derivative.
    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Ok(None)
    }
}

/// The first or the second half of what [`Moments`] measured. A measurement: not differentiated.
#[derive(Clone, Copy, Debug)]
struct Half {
    second: bool,
}

impl Op for Half {
    fn name(&self) -> &'static str {
        if self.second { "channel_variance" } else { "channel_mean" }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        Ok(Shape::new(&inputs[0].dims()[1..]))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    /// What is only measured has no part in a derivative.
    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Ok(None)
    }
}

/// `(x - mean) / sqrt(variance + eps)` with a given mean and variance.
#[derive(Clone, Copy, Debug)]
struct Normalize {
    eps: f32,
}

impl Op for Normalize {
    fn name(&self) -> &'static str {
        "normalize"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 3)?;
        let x = inputs[0];
        if x.rank() < 2 || inputs[1].dims() != [x[1]] || inputs[2].dims() != [x[1]] {
            let message = format!("takes [batch, channels, ...] and [channels] twice, got {x}, {} and {}", inputs[1], inputs[2]);
            return Err(Error::shape(self.name(), message));
        }
        Ok(x.clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        if needed[1] || needed[2] {
            return Err(not_differentiable(self));
        }
        Ok(vec![Some(self.linear(graph, inputs, gy)?), None, None])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        if tangents[1].is_some() || tangents[2].is_some() {
            return Err(not_differentiable(self));
        }
        tangents[0].map(|dx| self.linear(graph, inputs, dx)).transpose()
    }
}

impl Normalize {
    /// The linear part: without the mean.
    fn linear(&self, graph: &mut Graph, inputs: &[NodeId], x: NodeId) -> Result<NodeId> {
        let zero = fill(graph, graph.shape(inputs[1]).clone(), 0.0)?;
        graph.apply(*self, &[x, zero, inputs[2]])
    }
}

fn examples() -> Vec<Example> {
    let train =
        |label: &str, x: &[usize]| {
            let channels = [x[1]];
            Example::new(label, &[x, &channels, &channels], Filling::Normal, |graph, x| {
                Ok(batch_norm(graph, x[0], Some((x[1], x[2])), 1e-2)?.y)
            })
        };
    let eval = Example::new("given statistics", &[&[3, 2, 2, 3], &[2], &[2]], Filling::Normal, |graph, x| {
        let mean = fill(graph, Shape::new(&[2]), 0.25)?;
        let variance = fill(graph, Shape::new(&[2]), 2.0)?;
        batch_norm_eval(graph, x[0], mean, variance, Some((x[1], x[2])), 1e-5)
    });
    let plain = Example::new("without scale and shift", &[&[4, 3]], Filling::Normal, |graph, x| Ok(batch_norm(graph, x[0], None, 1e-2)?.y));
    vec![
        train("of features", &[6, 4]),
        train("of images", &[2, 3, 4, 5]),
        train("of many numbers", &[5, 1, 9, 9]),
        train("of vectors", &[2, 2, 6, 16]),
        eval,
        plain,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;

    #[test]
    fn by_hand() {
        let s = Sizes { batch: 2, channels: 1, inner: 2, eps: 0.0 };
        let x = [1.0, 3.0, 5.0, 7.0];
        let (mut stats, mut y) = ([0.0; 2], [0.0; 4]);
        cpu::measure(s, &x, &mut stats);
        assert_eq!(stats, [4.0, 5.0]);
        cpu::forward(s, false, &x, &stats, &[2.0], &[1.0], &mut y);
        let unit = 2.0 / 5f32.sqrt();
        for (got, want) in y.iter().zip([-3.0, -1.0, 1.0, 3.0]) {
            assert!((got - (want * unit + 1.0)).abs() < 1e-6, "{y:?}");
        }
        let mut running = [0.5, 1.0];
        cpu::running(&[4.0, 5.0], &[0.1, 1.0, 0.1, 4.0 / 3.0], &mut running);
        assert!((running[0] - 0.85).abs() < 1e-6 && (running[1] - (0.9 + 0.1 * 20.0 / 3.0)).abs() < 1e-6, "{running:?}");
    }

    #[test]
    fn one_value_a_channel_is_refused() {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(&[1, 3]), Element::F32);
        let error = batch_norm(&mut graph, x, None, 1e-5).unwrap_err().to_string();
        assert_eq!(error, "batch_norm: got [1, 3], one value a channel, which has no variance; training needs a batch of more than one");
    }
}
