//! Residual networks: ResNet (He et al., 2016) and ResNeXt (Xie et al., 2017), for images of 3 x 224 x 224.

use super::{conv, conv_bn, named};
use crate::nn::{AdaptiveAvgPool2d, Conv2d, Flatten, Layer, Linear, MaxPool2d, Model, Pair, Relu, Residual};

/// The shape of a residual network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residuals {
    /// Blocks in each of the four stages.
    pub blocks: [usize; 4],
    /// Whether a block is 1x1, 3x3, 1x1 with four times as many channels in the end, rather than two 3x3.
    pub bottleneck: bool,
    /// Groups of the 3x3 convolutions.
    pub groups: usize,
    /// Channels of a group in the first stage.
    pub width_per_group: usize,
}

impl Residuals {
    /// ResNet of 18, 34, 50, 101 or 152 layers; any other depth is taken as 18.
    pub fn resnet(depth: usize) -> Self {
        let (blocks, bottleneck) = match depth {
            34 => ([3, 4, 6, 3], false),
            50 => ([3, 4, 6, 3], true),
            101 => ([3, 4, 23, 3], true),
            152 => ([3, 8, 36, 3], true),
            _ => ([2, 2, 2, 2], false),
        };
        Residuals { blocks, bottleneck, groups: 1, width_per_group: 64 }
    }

    /// ResNeXt: the bottlenecks of [`Residuals::resnet`] with grouped convolutions, for instance 50 layers, 32 groups of 4.
    pub fn resnext(depth: usize, groups: usize, width_per_group: usize) -> Self {
        Residuals { groups, width_per_group, ..Self::resnet(depth) }
    }

    /// One block; its output has `out` channels, its middle `planes` in the sense of the papers.
    fn block(&self, channels: usize, planes: usize, out: usize, stride: usize) -> Layer {
        let relu = || Layer::named("relu", Relu {});
        let mut body: Vec<Layer> = Vec::new();
        if self.bottleneck {
            let width = planes * self.width_per_group / 64 * self.groups;
            body.extend(conv_bn(["conv1", "bn1"], conv([channels, width], 1, 1, 0)));
            body.push(relu());
            let middle = Conv2d { groups: self.groups, ..conv([width, width], 3, stride, 1) };
            body.extend(conv_bn(["conv2", "bn2"], middle));
            body.push(Layer::named("relu2", Relu {}));
            body.extend(conv_bn(["conv3", "bn3"], conv([width, out], 1, 1, 0)));
        } else {
            body.extend(conv_bn(["conv1", "bn1"], conv([channels, out], 3, stride, 1)));
            body.push(relu());
            body.extend(conv_bn(["conv2", "bn2"], conv([out, out], 3, 1, 1)));
        }
        let fits = stride == 1 && channels == out;
        let shortcut = if fits { Vec::new() } else { conv_bn(["0", "1"], conv([channels, out], 1, stride, 0)).into() };
        Residual { body, shortcut, relu: true }.into()
    }
}

/// A residual network with this many classes.
pub fn resnet(shape: Residuals, classes: usize) -> Model {
    let mut layers: Vec<Layer> = conv_bn(["conv1", "bn1"], conv([3, 64], 7, 2, 3)).into();
    layers.push(Layer::named("relu", Relu {}));
    let pool = MaxPool2d { stride: Some(Pair::from(2)), padding: Pair::from(1), ..MaxPool2d::new(3) };
    layers.push(Layer::named("maxpool", pool));
    let mut channels = 64;
    for (stage, count) in shape.blocks.into_iter().enumerate() {
        let planes = 64 << stage;
        let out = if shape.bottleneck { 4 * planes } else { planes };
        let mut blocks = Vec::with_capacity(count);
        for index in 0..count {
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            blocks.push(shape.block(channels, planes, out, stride));
            channels = out;
        }
        layers.push(named(&format!("layer{}", stage + 1), blocks));
    }
    layers.push(Layer::named("avgpool", AdaptiveAvgPool2d { output_size: Pair::from(1) }));
    layers.push(Layer::named("flatten", Flatten {}));
    layers.push(Layer::named("fc", Linear::new(channels, classes)));
    Model::new(&[3, 224, 224], layers)
}
