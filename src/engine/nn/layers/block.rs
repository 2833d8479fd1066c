//! Layers made of layers: sequences, residual blocks, branches, squeeze and excitation, auxiliary heads.

use super::{Linear, Relu, Sigmoid, bounded, yes};
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::nn::context::Context;
use crate::nn::layer::{Layer, Module};
use crate::nn::{LayerKind, Mode};
use crate::ops;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// `torch.nn.Sequential`: layers one after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequential {
    /// In the order in which they are applied.
    pub layers: Vec<Layer>,
}

impl Module for Sequential {
    fn describe(&self) -> String {
        format!("Sequential of {} layers", self.layers.len())
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        context.sequence(&self.layers, x)
    }
}

/// A residual block (He et al., 2016): `y = body(x) + shortcut(x)`, then a ReLU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// What the block adds to its shortcut.
    pub body: Vec<Layer>,
    /// What is done to the input on the way past the body, under the name `downsample`; nothing if there are no layers.
    #[serde(default)]
    pub shortcut: Vec<Layer>,
    /// Whether a ReLU follows the sum; not so in blocks with pre-activation.
    #[serde(default = "yes")]
    pub relu: bool,
}

impl Module for Residual {
    fn describe(&self) -> String {
        let shortcut = if self.shortcut.is_empty() { "input" } else { "downsample" };
        format!("body + {shortcut}{}", if self.relu { ", ReLU" } else { "" })
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        let body = context.sequence(&self.body, x)?;
        let shortcut = if self.shortcut.is_empty() { x } else { context.named_sequence("downsample", &self.shortcut, x)? };
        let (left, right) = (context.graph.shape(body), context.graph.shape(shortcut));
        if left != right {
            let of = |shape: &Shape| Shape::new(&shape.dims()[1..]);
            return Err(Error::shape(
                "residual",
                format!("the body gives shape {} and the shortcut {}; they are added and must be the same", of(left), of(right)),
            ));
        }
        let sum = ops::add(context.graph, body, shortcut)?;
        if self.relu { ops::relu(context.graph, sum) } else { Ok(sum) }
    }
}

/// Branches that all take the input and whose outputs are concatenated along the channels (Szegedy et al., 2015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branches {
    /// One layer each; often a `sequential`.
    pub branches: Vec<Layer>,
}

impl Module for Branches {
    fn describe(&self) -> String {
        format!("{} branches, concatenated", self.branches.len())
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        bounded("the number of branches", self.branches.len(), 1, 64)?;
        let outputs: Vec<NodeId> =
            self.branches.iter().enumerate().map(|(index, branch)| context.layer(branch, index, x)).collect::<Result<_>>()?;
        ops::concat(context.graph, &outputs)
    }
}

/// Squeeze and excitation (Hu et al., 2018): every channel is scaled by a number from 0 to 1 that two linear layers (`0` and `2`)
/// compute from the means of all channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqueezeExcitation {
    /// Channels of the input.
    pub channels: usize,
    /// Numbers between the two linear layers.
    pub squeezed: usize,
}

impl Module for SqueezeExcitation {
    fn describe(&self) -> String {
        format!("channels scaled by {} -> {} -> {}", self.channels, self.squeezed, self.channels)
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        let shape = context.graph.shape(x).clone();
        if shape.rank() != 4 || shape[1] != self.channels {
            let got = Shape::new(&shape.dims()[1..]);
            return Err(Error::shape("squeeze_excitation", format!("takes images of {} channels, got shape {got}", self.channels)));
        }
        let means = ops::adaptive_avg_pool2d(context.graph, x, [1, 1])?;
        let means = context.graph.view(means, Shape::new(&shape.dims()[..2]))?;
        let layers: [Layer; 4] = [
            Linear::new(self.channels, self.squeezed).into(),
            Relu {}.into(),
            Linear::new(self.squeezed, self.channels).into(),
            Sigmoid {}.into(),
        ];
        let scales = context.sequence(&layers, means)?;
        ops::channel_scale(context.graph, x, scales)
    }
}

/// A classifier beside the main path (Szegedy et al., 2015). It passes its input on; in training its cross-entropy counts too, so
/// that early layers get a gradient by a shorter way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuxiliaryHead {
    /// From the input to logits.
    pub layers: Vec<Layer>,
    /// How much its loss counts.
    pub weight: f32,
}

/// The most that a head's loss may count; beside it the network's own would be lost in rounding.
const MOST_WEIGHT: f32 = 1e3;

impl Module for AuxiliaryHead {
    fn describe(&self) -> String {
        format!("auxiliary head, loss counts {}", self.weight)
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        if !(0.0..=MOST_WEIGHT).contains(&self.weight) {
            return Err(Error::model(format!("the head's weight is {}; it must be from 0 to {MOST_WEIGHT}", self.weight)));
        }
        if context.mode == Mode::Train {
            let logits = context.sequence(&self.layers, x)?;
            context.auxiliary(logits, self.weight);
        }
        Ok(x)
    }
}

impl LayerKind {
    /// Layers one after the other, as one.
    pub fn sequential(layers: impl IntoIterator<Item = Layer>) -> Self {
        Sequential { layers: layers.into_iter().collect() }.into()
    }
}
