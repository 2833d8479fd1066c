//! A layer as data: its name, and which of the layers it is.
//!
//! The list of all layers; what each does stands in `layers/`.

use super::context::Context;
use super::layers::*;
use crate::error::Result;
use crate::graph::NodeId;
use crate::packed::{tagged, written};
use serde::{Deserialize, Serialize};

/// A layer, with or without a name of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Layer {
    /// The name that its parameters carry, for instance `C1`; without one it goes by its index among its siblings. An empty name
    /// adds nothing to the names of what is inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it does.
    #[serde(flatten)]
    pub kind: LayerKind,
}

written!(Layer, |layer: &Layer, serializer| Serialize::serialize(&(&layer.name, &layer.kind), serializer), |deserializer| {
    <(Option<String>, LayerKind) as Deserialize>::deserialize(deserializer).map(|(name, kind)| Layer { name, kind })
});

impl Layer {
    /// A layer with a name.
    pub fn named(name: &str, kind: impl Into<LayerKind>) -> Self {
        Layer { name: Some(name.into()), kind: kind.into() }
    }

    /// The name it goes by, being the one at `index` among its siblings.
    pub(super) fn label(&self, index: usize) -> String {
        self.name.clone().unwrap_or_else(|| index.to_string())
    }
}

impl<K: Into<LayerKind>> From<K> for Layer {
    fn from(kind: K) -> Self {
        Layer { name: None, kind: kind.into() }
    }
}

/// What a layer can do with an input.
pub(crate) trait Module {
    /// The layer as PyTorch would print it.
    fn describe(&self) -> String;

    /// Bounds every size, declares parameters and buffers, and adds the layer to the graph.
    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId>;
}

macro_rules! layers {
    ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {
        tagged! {
            /// What a layer does, with the arguments of `torch.nn`.
            #[derive(Clone, Debug, PartialEq)]
            as(tag = "layer", rename_all = "snake_case")
            pub enum LayerKind = "LayerKind" {
                $($(#[$doc])* $kind($kind)),*
            }
        }

        impl LayerKind {
            pub(super) fn module(&self) -> &dyn Module {
                match self {
                    $(LayerKind::$kind(layer) => layer),*
                }
            }
        }

        $(impl From<$kind> for LayerKind {
            fn from(layer: $kind) -> Self {
                LayerKind::$kind(layer)
            }
        })*
    };
}

layers! {
    /// `torch.nn.Linear`.
    Linear,
    /// `torch.nn.Conv1d`.
    Conv1d,
    /// `torch.nn.Conv2d`.
    Conv2d,
    /// `torch.nn.ConvTranspose2d`.
    ConvTranspose2d,
    /// `torch.nn.MaxPool2d`.
    MaxPool2d,
    /// `torch.nn.AvgPool2d`.
    AvgPool2d,
    /// `torch.nn.AdaptiveAvgPool2d`.
    AdaptiveAvgPool2d,
    /// `torch.nn.BatchNorm1d`.
    BatchNorm1d,
    /// `torch.nn.BatchNorm2d`.
    BatchNorm2d,
    /// `torch.nn.LocalResponseNorm`.
    LocalResponseNorm,
    /// `torch.nn.Dropout`.
    Dropout,
    /// `torch.nn.ReLU`.
    Relu,
    /// `torch.nn.LeakyReLU`.
    LeakyRelu,
    /// `torch.nn.Tanh`.
    Tanh,
    /// `torch.nn.Sigmoid`.
    Sigmoid,
    /// `torch.nn.GELU`.
    Gelu,
    /// `torch.nn.Softmax` over the channels.
    Softmax,
    /// `torch.nn.LogSoftmax` over the channels.
    LogSoftmax,
    /// `torch.nn.Flatten`: all dimensions but the batch become one.
    Flatten,
    /// `torch.nn.Sequential`: layers one after the other.
    Sequential,
    /// A residual block: the sum of a body and a shortcut.
    Residual,
    /// Branches whose outputs are concatenated along the channels.
    Branches,
    /// Squeeze and excitation: every channel scaled by a number computed from all of them.
    SqueezeExcitation,
    /// A head beside the main path, which passes its input on.
    AuxiliaryHead,
}

impl LayerKind {
    /// The layer as PyTorch would print it.
    pub fn describe(&self) -> String {
        self.module().describe()
    }

    /// From where on down and from where on up a number of its output is saturated: where the derivative of a tanh or a sigmoid is
    /// below 2 % of its largest.
    pub(super) fn saturation(&self) -> (f32, f32) {
        match self {
            LayerKind::Tanh(_) => (-0.99, 0.99),
            LayerKind::Sigmoid(_) => (0.005, 0.995),
            _ => (f32::MIN, f32::MAX),
        }
    }

    /// Whether it does something itself, and so has a row in the table of layers.
    pub(super) fn is_step(&self) -> bool {
        !matches!(self, LayerKind::Sequential(_) | LayerKind::AuxiliaryHead(_))
    }
}
