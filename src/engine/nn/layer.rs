//! One layer of a model: its arguments as PyTorch names them, its shapes, its parameters, its graph.

use super::init::Init;
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::ops::{self, Conv2dSettings, Pool2dSettings};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// A layer, with or without a name of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// The name that its parameters carry, for instance `C1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it does.
    #[serde(flatten)]
    pub kind: LayerKind,
}

/// What a layer does, with the arguments of `torch.nn`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "layer", rename_all = "snake_case")]
pub enum LayerKind {
    /// `torch.nn.Conv2d` with a square kernel.
    Conv2d {
        /// Channels of the input.
        in_channels: usize,
        /// Channels of the output: how many filters.
        out_channels: usize,
        /// Height and width of a filter.
        kernel_size: usize,
        /// Pixels from one patch to the next.
        #[serde(default = "one")]
        stride: usize,
        /// Zeros on every side of the image.
        #[serde(default)]
        padding: usize,
        /// Whether a learned constant is added to every output channel.
        #[serde(default = "yes")]
        bias: bool,
    },
    /// `torch.nn.Linear`.
    Linear {
        /// Numbers in.
        in_features: usize,
        /// Numbers out.
        out_features: usize,
        /// Whether a learned constant is added to every output.
        #[serde(default = "yes")]
        bias: bool,
    },
    /// `torch.nn.MaxPool2d` with a square window.
    MaxPool2d {
        /// Height and width of the window.
        kernel_size: usize,
        /// Pixels from one window to the next; the window's size if not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stride: Option<usize>,
    },
    /// `torch.nn.AvgPool2d` with a square window.
    AvgPool2d {
        /// Height and width of the window.
        kernel_size: usize,
        /// Pixels from one window to the next; the window's size if not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stride: Option<usize>,
    },
    /// `torch.nn.ReLU`.
    Relu,
    /// `torch.nn.Tanh`.
    Tanh,
    /// `torch.nn.Flatten`: all dimensions but the batch become one.
    Flatten,
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn conv_settings(stride: usize, padding: usize) -> Conv2dSettings {
    Conv2dSettings { stride: [stride; 2], padding: [padding; 2], ..Conv2dSettings::default() }
}

fn pool_settings(kernel_size: usize, stride: Option<usize>) -> Pool2dSettings {
    Pool2dSettings { kernel: [kernel_size; 2], stride: [stride.unwrap_or(kernel_size); 2], ..Pool2dSettings::default() }
}

impl LayerKind {
    /// The shape of the output for one input, both without the batch dimension.
    pub fn output(&self, input: &Shape) -> Result<Shape> {
        let mut graph = Graph::new();
        let x = graph.input("input", input.batched(1), crate::graph::Element::F32);
        let y = self.build(&mut graph, x, "")?;
        Ok(Shape::new(&graph.shape(y).dims()[1..]))
    }

    /// The layer's parameters: role, shape, initialisation.
    pub fn parameters(&self) -> Vec<(&'static str, Shape, Init)> {
        let (weight, outputs, fan_in, bias) = match *self {
            LayerKind::Conv2d { in_channels, out_channels, kernel_size, bias, .. } => {
                let weight = Shape::new(&[out_channels, in_channels, kernel_size, kernel_size]);
                (weight, out_channels, in_channels * kernel_size * kernel_size, bias)
            }
            LayerKind::Linear { in_features, out_features, bias } => {
                (Shape::new(&[out_features, in_features]), out_features, in_features, bias)
            }
            LayerKind::MaxPool2d { .. } | LayerKind::AvgPool2d { .. } | LayerKind::Relu | LayerKind::Tanh | LayerKind::Flatten => {
                return Vec::new();
            }
        };
        let init = Init::pytorch_default(fan_in);
        let mut parameters = vec![("weight", weight, init)];
        if bias {
            parameters.push(("bias", Shape::new(&[outputs]), init));
        }
        parameters
    }

    /// Multiplications, each with its addition, for one input.
    pub fn multiply_adds(&self, output: &Shape) -> usize {
        match *self {
            LayerKind::Conv2d { in_channels, kernel_size, .. } => output.numel() * in_channels * kernel_size * kernel_size,
            LayerKind::Linear { in_features, out_features, .. } => in_features * out_features,
            LayerKind::MaxPool2d { .. } | LayerKind::AvgPool2d { .. } | LayerKind::Relu | LayerKind::Tanh | LayerKind::Flatten => 0,
        }
    }

    /// The layer as PyTorch would print it.
    pub fn describe(&self) -> String {
        let optional =
            |text: &str, value: usize, default: usize| if value == default { String::new() } else { format!(", {text}={value}") };
        let without_bias = |bias: bool| if bias { "" } else { ", bias=False" };
        match *self {
            LayerKind::Conv2d { in_channels, out_channels, kernel_size, stride, padding, bias } => format!(
                "Conv2d({in_channels}, {out_channels}, kernel_size={kernel_size}{}{}{})",
                optional("stride", stride, 1),
                optional("padding", padding, 0),
                without_bias(bias)
            ),
            LayerKind::Linear { in_features, out_features, bias } => {
                format!("Linear({in_features}, {out_features}{})", without_bias(bias))
            }
            LayerKind::MaxPool2d { kernel_size, stride } => {
                format!("MaxPool2d({kernel_size}{})", optional("stride", stride.unwrap_or(kernel_size), kernel_size))
            }
            LayerKind::AvgPool2d { kernel_size, stride } => {
                format!("AvgPool2d({kernel_size}{})", optional("stride", stride.unwrap_or(kernel_size), kernel_size))
            }
            LayerKind::Relu => "ReLU()".into(),
            LayerKind::Tanh => "Tanh()".into(),
            LayerKind::Flatten => "Flatten()".into(),
        }
    }

    /// Adds the layer to a graph; its parameters become inputs named `NAME.weight` and `NAME.bias`.
    pub fn build(&self, graph: &mut Graph, x: NodeId, name: &str) -> Result<NodeId> {
        self.check_sizes()?;
        let input = graph.shape(x).clone();
        let parameters: Vec<NodeId> =
            self.parameters().into_iter().map(|(role, shape, _)| graph.parameter(&format!("{name}.{role}"), shape)).collect();
        match *self {
            LayerKind::Conv2d { stride, padding, .. } => {
                ops::conv2d(graph, x, parameters[0], parameters.get(1).copied(), conv_settings(stride, padding))
            }
            LayerKind::Linear { in_features, .. } => {
                if input.rank() != 2 {
                    return Err(Error::shape(
                        "Linear",
                        format!(
                            "takes a list of {in_features} numbers, got shape {}; put a flatten layer before it",
                            Shape::new(&input.dims()[1..])
                        ),
                    ));
                }
                ops::linear(graph, x, parameters[0], parameters.get(1).copied())
            }
            LayerKind::MaxPool2d { kernel_size, stride } => ops::max_pool2d(graph, x, pool_settings(kernel_size, stride)),
            LayerKind::AvgPool2d { kernel_size, stride } => ops::avg_pool2d(graph, x, pool_settings(kernel_size, stride)),
            LayerKind::Relu => ops::relu(graph, x),
            LayerKind::Tanh => ops::tanh(graph, x),
            LayerKind::Flatten => graph.view(x, Shape::new(&[input[0], input.numel() / input[0]])),
        }
    }

    /// Bounds every size before anything is computed from it or allocated.
    fn check_sizes(&self) -> Result<()> {
        let bounded = |what: &str, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(Error::model(format!("{what} is {value}; it must be from {least} to {most}")))
            }
        };
        match *self {
            LayerKind::Conv2d { in_channels, out_channels, kernel_size, stride, padding, .. } => {
                bounded("in_channels", in_channels, 1, 4096)?;
                bounded("out_channels", out_channels, 1, 4096)?;
                bounded("kernel_size", kernel_size, 1, 64)?;
                bounded("stride", stride, 1, 64)?;
                bounded("padding", padding, 0, 64)
            }
            LayerKind::Linear { in_features, out_features, .. } => {
                bounded("in_features", in_features, 1, 1 << 20)?;
                bounded("out_features", out_features, 1, 1 << 20)
            }
            LayerKind::MaxPool2d { kernel_size, stride } | LayerKind::AvgPool2d { kernel_size, stride } => {
                bounded("kernel_size", kernel_size, 1, 64)?;
                bounded("stride", stride.unwrap_or(kernel_size), 1, 64)
            }
            LayerKind::Relu | LayerKind::Tanh | LayerKind::Flatten => Ok(()),
        }
    }
}
