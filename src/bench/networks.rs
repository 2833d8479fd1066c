//! The three networks whose training is measured, and how many operations a step of each takes.

use serde::{Deserialize, Serialize};
use stride_engine::error::{Error, Result};
use stride_engine::nn::{AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Layer, Linear, Model, Pair, Relu, Residual, zoo};
use stride_engine::optim::Optimizer;

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// Linear layers with ReLUs between them, on 784 numbers.
    Mlp,
    /// LeNet-5 as it is taught today.
    LeNet,
    /// A small residual network on images of 3 x 32 x 32.
    ResNet,
}

/// One training step of a network of a certain size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    /// The network.
    pub network: Network,
    /// Images in a step.
    pub batch: usize,
    /// Units of a hidden layer, or channels of the first convolutions; LeNet-5 has its own.
    pub width: usize,
    /// Hidden layers, or residual blocks before the one that halves the image; LeNet-5 has its own.
    pub depth: usize,
}

/// The largest batch, width and depth that can be asked for.
const MOST: [usize; 3] = [1024, 4096, 16];

impl Network {
    /// The name that scripts use.
    pub fn key(self) -> &'static str {
        match self {
            Network::Mlp => "mlp",
            Network::LeNet => "lenet",
            Network::ResNet => "resnet",
        }
    }

    /// The name that readers see.
    pub fn title(self) -> &'static str {
        match self {
            Network::Mlp => "MLP",
            Network::LeNet => "LeNet-5",
            Network::ResNet => "Small ResNet",
        }
    }

    /// What it is and how it is trained, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Network::Mlp => "784, 256, 10; batch of 128; SGD with momentum",
            Network::LeNet => "28 × 28 images; batch of 64; Adam",
            Network::ResNet => "3 × 32 × 32 images; batch of 16; SGD with momentum",
        }
    }
}

impl Training {
    /// The size that is measured where nothing else is said.
    pub fn standard(network: Network) -> Self {
        let (batch, width, depth) = match network {
            Network::Mlp => (128, 256, 1),
            Network::LeNet => (64, 1, 1),
            Network::ResNet => (16, 16, 2),
        };
        Training { network, batch, width, depth }
    }

    pub(super) fn check(&self) -> Result<()> {
        let sizes = [("batch", self.batch), ("width", self.width), ("depth", self.depth)];
        for ((name, size), most) in sizes.into_iter().zip(MOST) {
            if !(1..=most).contains(&size) {
                return Err(Error::model(format!("{name} is {size}; it must be from 1 to {most}")));
            }
        }
        if self.network == Network::LeNet && (self.width, self.depth) != (1, 1) {
            return Err(Error::model("LeNet-5 has one width and one depth; only its batch can be chosen"));
        }
        Ok(())
    }

    /// The network.
    pub fn model(&self) -> Model {
        match self.network {
            Network::Mlp => {
                let mut widths = vec![784];
                widths.extend(std::iter::repeat_n(self.width, self.depth));
                widths.push(10);
                zoo::mlp(&widths)
            }
            Network::LeNet => zoo::lenet5(),
            Network::ResNet => resnet(self.width, self.depth),
        }
    }

    /// The optimizer and its learning rate.
    pub fn optimizer(&self) -> (Optimizer, f32) {
        match self.network {
            Network::Mlp => (Optimizer::sgd(0.9), 0.01),
            Network::LeNet => (Optimizer::adam(), 1e-3),
            Network::ResNet => (Optimizer::sgd(0.9), 0.02),
        }
    }

    /// Forward once; backward twice, for the inputs and for the weights, but the first layer's input has no gradient.
    pub(super) fn flops(&self) -> Result<u64> {
        let rows = self.model().summary()?;
        let products = || rows.iter().map(|row| row.multiply_adds).filter(|&count| count > 0);
        let (all, first) = (products().sum::<u64>(), products().next().unwrap_or_default());
        Ok(2 * self.batch as u64 * (3 * all - first))
    }
}

/// A 3x3 convolution, `blocks` residual blocks of `width` channels, one that halves the image and doubles the channels, the mean over
/// the image, a linear layer.
fn resnet(width: usize, blocks: usize) -> Model {
    let mut layers = vec![conv([3, width], 3, 1), BatchNorm2d::new(width).into(), Relu {}.into()];
    layers.extend((0..blocks).map(|_| block(width, width, 1)));
    layers.push(block(width, 2 * width, 2));
    let head: [Layer; 3] = [AdaptiveAvgPool2d { output_size: Pair::from(1) }.into(), Flatten {}.into(), Linear::new(2 * width, 10).into()];
    layers.extend(head);
    Model::new(&[3, 32, 32], layers)
}

fn block(channels: usize, out: usize, stride: usize) -> Layer {
    let body = vec![
        conv([channels, out], 3, stride),
        BatchNorm2d::new(out).into(),
        Relu {}.into(),
        conv([out, out], 3, 1),
        BatchNorm2d::new(out).into(),
    ];
    let fits = stride == 1 && channels == out;
    let shortcut = if fits { Vec::new() } else { vec![conv([channels, out], 1, stride), BatchNorm2d::new(out).into()] };
    Residual { body, shortcut, relu: true }.into()
}

/// Without a bias, padded so that stride 1 keeps the image's size.
fn conv(channels: [usize; 2], kernel: usize, stride: usize) -> Layer {
    let padding = Pair::from(kernel / 2);
    Conv2d { stride: Pair::from(stride), padding, bias: false, ..Conv2d::new(channels[0], channels[1], kernel) }.into()
}
