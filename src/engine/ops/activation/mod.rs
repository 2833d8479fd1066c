//! Nonlinearities, elementwise, of any shape:
//!
//! - `relu(x) = max(x, 0)`, `leaky_relu(x) = x` above 0 and `slope * x` below; the derivative at 0 is that below, as in PyTorch;
//! - `tanh(x)` and `sigmoid(x) = 1 / (1 + exp(-x))`;
//! - `gelu(x) = x Phi(x)`, Phi the distribution function of the normal distribution (Hendrycks and Gimpel, 2016), and its
//!   approximation `gelu_tanh(x) = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`.
//!
//! Each has one kernel for its gradient. The Jacobian is diagonal, so that kernel computes tangents too.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_inputs, expect_same, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "activation", examples };

/// `max(x, 0)`.
pub fn relu(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Activation::Relu, &[x])
}

/// `x` above 0, `slope * x` below.
pub fn leaky_relu(graph: &mut Graph, x: NodeId, slope: f32) -> Result<NodeId> {
    if !slope.is_finite() {
        return Err(Error::model(format!("the negative slope is {slope}; it must be a number")));
    }
    graph.apply(Activation::LeakyRelu { slope }, &[x])
}

/// The hyperbolic tangent.
pub fn tanh(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Activation::Tanh, &[x])
}

/// `1 / (1 + exp(-x))`.
pub fn sigmoid(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Activation::Sigmoid, &[x])
}

/// `x Phi(x)`, with an error below 1e-7 times x.
pub fn gelu(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Activation::Gelu, &[x])
}

/// `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`.
pub fn gelu_tanh(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Activation::GeluTanh, &[x])
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Activation {
    Relu,
    LeakyRelu { slope: f32 },
    Tanh,
    Sigmoid,
    Gelu,
    GeluTanh,
}

impl Activation {
    /// Whether the gradient is computed from y; from x otherwise.
    fn reads_output(self) -> bool {
        matches!(self, Activation::Relu | Activation::Tanh | Activation::Sigmoid)
    }

    /// The entry points of the function and of its gradient.
    fn entries(self) -> [&'static str; 2] {
        match self {
            Activation::Relu => ["relu", "relu_grad"],
            Activation::LeakyRelu { .. } => ["leaky_relu", "leaky_relu_grad"],
            Activation::Tanh => ["tanh_forward", "tanh_grad"],
            Activation::Sigmoid => ["sigmoid", "sigmoid_grad"],
            Activation::Gelu => ["gelu", "gelu_grad"],
            Activation::GeluTanh => ["gelu_tanh", "gelu_tanh_grad"],
        }
    }

    /// The gradient of x from that of y, or the tangent of y from that of x.
    fn differentiate(self, graph: &mut Graph, x: NodeId, y: NodeId, along: NodeId) -> Result<NodeId> {
        graph.apply(Gradient(self), &[if self.reads_output() { y } else { x }, along])
    }
}

impl Op for Activation {
    fn name(&self) -> &'static str {
        match self {
            Activation::Tanh => "tanh",
            other => other.entries()[0],
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, gy: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(self.differentiate(graph, inputs[0], output, gy)?)])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| self.differentiate(graph, inputs[0], output, dx)).transpose()
    }

    fn value(&self, inputs: &[f64]) -> Option<f64> {
        let x = *inputs.first()?;
        match *self {
            Activation::Relu => Some(if x <= 0.0 { 0.0 } else { x }),
            Activation::LeakyRelu { slope } => Some(if x > 0.0 { x } else { f64::from(slope) * x }),
            Activation::Tanh => Some(x.tanh()),
            Activation::Sigmoid => Some(1.0 / (1.0 + (-x).exp())),
            Activation::Gelu | Activation::GeluTanh => None,
        }
    }

    fn is_relu(&self) -> bool {
        *self == Activation::Relu
    }
}

/// From y or x and a gradient of y: the gradient of x.
#[derive(Clone, Copy, Debug)]
struct Gradient(Activation);

impl Op for Gradient {
    fn name(&self) -> &'static str {
        self.0.entries()[1]
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        Ok(inputs[0].clone())
    }

    /// Linear in gy; where the slope is constant piece by piece there is no more to it.
    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        if needed[0] && !matches!(self.0, Activation::Relu | Activation::LeakyRelu { .. }) {
            return Err(not_differentiable(self));
        }
        Ok(vec![None, Some(graph.apply(*self, &[inputs[0], upstream])?)])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        if tangents[0].is_some() && !matches!(self.0, Activation::Relu | Activation::LeakyRelu { .. }) {
            return Err(not_differentiable(self));
        }
        tangents[1].map(|tangent| graph.apply(*self, &[inputs[0], tangent])).transpose()
    }

    fn value(&self, inputs: &[f64]) -> Option<f64> {
        let &[a, gy] = inputs else { return None };
        match self.0 {
            Activation::Relu => Some(if a > 0.0 { gy } else { 0.0 }),
            Activation::LeakyRelu { slope } => Some(if a > 0.0 { gy } else { f64::from(slope) * gy }),
            Activation::Tanh => Some(gy * (1.0 - a * a)),
            Activation::Sigmoid => Some(gy * a * (1.0 - a)),
            Activation::Gelu | Activation::GeluTanh => None,
        }
    }
}

fn examples() -> Vec<Example> {
    let example = |name: &str, filling: Filling, build: fn(&mut Graph, NodeId) -> Result<NodeId>| {
        Example::new(name, &[&[3, 5]], filling, move |graph, x| build(graph, x[0]))
    };
    vec![
        example("relu", Filling::Spaced, relu),
        example("leaky_relu", Filling::Spaced, |graph, x| leaky_relu(graph, x, 0.1)),
        example("tanh", Filling::Normal, tanh),
        example("sigmoid", Filling::Normal, sigmoid),
        example("gelu", Filling::Normal, gelu),
        example("gelu_tanh", Filling::Normal, gelu_tanh),
    ]
}
