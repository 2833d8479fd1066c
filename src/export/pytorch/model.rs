//! A model as the Python expression that builds it, its tensors named as the engine names them.
//!
//! Knows layers and what PyTorch calls them; knows nothing of training.

use super::{float, quoted};
use std::collections::BTreeSet;
use stride_engine::nn::{Layer, LayerKind};

/// Classes that PyTorch lacks, by their definitions in Python.
const LAYERS: &str = include_str!("layers.py");
const RESIDUAL: &str = include_str!("residual.py");
const BRANCHES: &str = include_str!("branches.py");
const SQUEEZE: &str = include_str!("squeeze.py");
const HEAD: &str = include_str!("head.py");

/// What is written so far, and which classes it takes.
#[derive(Default)]
pub(super) struct Writer {
    classes: BTreeSet<usize>,
}

/// The definitions in the order in which they build on each other.
const CLASSES: [&str; 5] = [LAYERS, RESIDUAL, BRANCHES, SQUEEZE, HEAD];

impl Writer {
    /// The definitions of the classes that the written expressions use.
    pub(super) fn classes(&self) -> impl Iterator<Item = &'static str> {
        self.classes.iter().map(|&index| CLASSES[index])
    }

    /// Whether there are heads beside the main path, whose losses count too.
    pub(super) fn has_heads(&self) -> bool {
        self.classes().any(|class| class == HEAD)
    }

    fn uses(&mut self, class: &'static str) {
        let own = CLASSES.iter().position(|known| *known == class);
        // All but one are made of layers by name.
        self.classes.extend((class != SQUEEZE).then_some(0).into_iter().chain(own));
    }

    /// A sequence, its layers at this depth of indentation.
    pub(super) fn sequence(&mut self, layers: &[Layer], depth: usize) -> Result<String, String> {
        let named = self.named(layers, depth + 1)?;
        if named.iter().enumerate().all(|(index, (name, _))| *name == index.to_string()) {
            let layers: Vec<String> = named.into_iter().map(|(_, layer)| layer).collect();
            return Ok(call("nn.Sequential", &layers, depth));
        }
        self.uses(LAYERS);
        Ok(call("Layers", &pairs(named), depth))
    }

    /// Layers with their names. A sequence that adds nothing to the names of its layers is dissolved.
    fn named(&mut self, layers: &[Layer], depth: usize) -> Result<Vec<(String, String)>, String> {
        let mut named: Vec<(String, String)> = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            match (layer.name.as_deref(), &layer.kind) {
                (Some(""), LayerKind::Sequential(inner)) => named.extend(self.named(&inner.layers, depth)?),
                (Some(name), kind) if name.is_empty() || name.contains('.') => {
                    let what = kind.describe();
                    return Err(format!(
                        "the layer {what} is named '{name}', which PyTorch has no place for; give it a name that is not empty and has no dot"
                    ));
                }
                (name, kind) => {
                    let name = name.map_or(index.to_string(), ToString::to_string);
                    named.push((name, self.layer(kind, depth)?));
                }
            }
        }
        Ok(named)
    }

    fn layer(&mut self, kind: &LayerKind, depth: usize) -> Result<String, String> {
        Ok(match kind {
            LayerKind::Sequential(inner) => self.sequence(&inner.layers, depth)?,
            LayerKind::Residual(block) => {
                self.uses(RESIDUAL);
                let body = self.named(&block.body, depth + 2)?;
                let shortcut = self.named(&block.shortcut, depth + 2)?;
                if !shortcut.is_empty() && body.iter().any(|(name, _)| name == "downsample") {
                    return Err("a layer of a residual block's body is named 'downsample', as the shortcut is; give it another name".into());
                }
                let mut arguments = vec![list(&pairs(body), depth + 1)];
                if !shortcut.is_empty() {
                    arguments.push(format!("shortcut={}", list(&pairs(shortcut), depth + 1)));
                }
                if !block.relu {
                    arguments.push("relu=False".into());
                }
                call("Residual", &arguments, depth)
            }
            LayerKind::Branches(block) => {
                self.uses(BRANCHES);
                call("Branches", &pairs(self.named(&block.branches, depth + 1)?), depth)
            }
            LayerKind::SqueezeExcitation(block) => {
                self.uses(SQUEEZE);
                format!("SqueezeExcitation({}, {})", block.channels, block.squeezed)
            }
            LayerKind::AuxiliaryHead(head) => {
                self.uses(HEAD);
                let weight = float(head.weight);
                let arguments: Vec<String> = [weight].into_iter().chain(pairs(self.named(&head.layers, depth + 1)?)).collect();
                call("AuxiliaryHead", &arguments, depth)
            }
            // Their descriptions leave constants out.
            LayerKind::BatchNorm1d(norm) => batch_norm("1d", norm.num_features, norm.eps, norm.momentum, norm.affine),
            LayerKind::BatchNorm2d(norm) => batch_norm("2d", norm.num_features, norm.eps, norm.momentum, norm.affine),
            LayerKind::Linear(_)
            | LayerKind::Conv1d(_)
            | LayerKind::Conv2d(_)
            | LayerKind::ConvTranspose2d(_)
            | LayerKind::MaxPool2d(_)
            | LayerKind::AvgPool2d(_)
            | LayerKind::AdaptiveAvgPool2d(_)
            | LayerKind::LocalResponseNorm(_)
            | LayerKind::Dropout(_)
            | LayerKind::Relu(_)
            | LayerKind::LeakyRelu(_)
            | LayerKind::Tanh(_)
            | LayerKind::Sigmoid(_)
            | LayerKind::Gelu(_)
            | LayerKind::Softmax(_)
            | LayerKind::LogSoftmax(_)
            | LayerKind::Flatten(_) => format!("nn.{}", kind.describe()),
        })
    }
}

fn batch_norm(dimensions: &str, features: usize, eps: f32, momentum: f32, affine: bool) -> String {
    let mut text = format!("nn.BatchNorm{dimensions}({features}");
    for (name, value, default) in [("eps", eps, 1e-5), ("momentum", momentum, 0.1)] {
        if value != default {
            text += &format!(", {name}={value:?}");
        }
    }
    text + if affine { ")" } else { ", affine=False)" }
}

fn pairs(named: Vec<(String, String)>) -> Vec<String> {
    named.into_iter().map(|(name, layer)| format!("({}, {layer})", quoted(&name))).collect()
}

/// A call with an argument a line.
fn call(name: &str, arguments: &[String], depth: usize) -> String {
    format!("{name}({})", lines(arguments, depth))
}

fn list(items: &[String], depth: usize) -> String {
    format!("[{}]", lines(items, depth))
}

fn lines(items: &[String], depth: usize) -> String {
    let indent = "    ".repeat(depth + 1);
    let lines: String = items.iter().map(|item| format!("\n{indent}{item},")).collect();
    if items.is_empty() { lines } else { format!("{lines}\n{}", "    ".repeat(depth)) }
}
