//! GoogLeNet (Szegedy et al., 2015) with batch normalisation, for images of 3 x 224 x 224. As in torchvision, whose parameter counts
//! are published, the third branch has 3x3 filters where the paper has 5x5.

use super::{conv, named};
use crate::nn::{
    AdaptiveAvgPool2d, AuxiliaryHead, BatchNorm2d, Branches, Conv2d, Dropout, Flatten, Layer, Linear, MaxPool2d, Model, Pair, Relu,
};

/// Convolution without bias, batch normalisation, ReLU.
fn basic(name: &str, conv: Conv2d) -> Layer {
    let norm = BatchNorm2d { eps: 1e-3, ..BatchNorm2d::new(conv.out_channels) };
    named(name, vec![Layer::named("conv", Conv2d { bias: false, ..conv }), Layer::named("bn", norm), Layer::named("relu", Relu {})])
}

fn pool(name: &str, size: usize) -> Layer {
    Layer::named(name, MaxPool2d { stride: Some(Pair::from(2)), ceil_mode: true, ..MaxPool2d::new(size) })
}

/// The channels of an inception block: in; 1x1; 1x1 then 3x3; 1x1 then 3x3; pooled then 1x1.
struct Inception(&'static str, [usize; 7]);

impl Inception {
    fn layer(&self) -> Layer {
        let [channels, ones, three_first, three, five_first, five, pooled] = self.1;
        let shrink_then = |name: &str, first: usize, second: usize| {
            named(name, vec![basic("0", conv([channels, first], 1, 1, 0)), basic("1", conv([first, second], 3, 1, 1))])
        };
        let pool = MaxPool2d { stride: Some(Pair::from(1)), padding: Pair::from(1), ceil_mode: true, ..MaxPool2d::new(3) };
        let branches = vec![
            basic("branch1", conv([channels, ones], 1, 1, 0)),
            shrink_then("branch2", three_first, three),
            shrink_then("branch3", five_first, five),
            named("branch4", vec![pool.into(), basic("1", conv([channels, pooled], 1, 1, 0))]),
        ];
        Layer::named(self.0, Branches { branches })
    }
}

fn auxiliary(name: &str, channels: usize, classes: usize) -> Layer {
    let layers = vec![
        Layer::named("pool", AdaptiveAvgPool2d { output_size: Pair::from(4) }),
        basic("conv", conv([channels, 128], 1, 1, 0)),
        Layer::named("flatten", Flatten {}),
        Layer::named("fc1", Linear::new(2048, 1024)),
        Layer::named("relu", Relu {}),
        Layer::named("dropout", Dropout { p: 0.7 }),
        Layer::named("fc2", Linear::new(1024, classes)),
    ];
    Layer::named(name, AuxiliaryHead { layers, weight: 0.3 })
}

/// GoogLeNet with this many classes, with its two auxiliary heads or without.
pub fn googlenet(classes: usize, heads: bool) -> Model {
    let mut layers = vec![
        basic("conv1", conv([3, 64], 7, 2, 3)),
        pool("maxpool1", 3),
        basic("conv2", conv([64, 64], 1, 1, 0)),
        basic("conv3", conv([64, 192], 3, 1, 1)),
        pool("maxpool2", 3),
        Inception("inception3a", [192, 64, 96, 128, 16, 32, 32]).layer(),
        Inception("inception3b", [256, 128, 128, 192, 32, 96, 64]).layer(),
        pool("maxpool3", 3),
        Inception("inception4a", [480, 192, 96, 208, 16, 48, 64]).layer(),
    ];
    if heads {
        layers.push(auxiliary("aux1", 512, classes));
    }
    layers.extend([
        Inception("inception4b", [512, 160, 112, 224, 24, 64, 64]).layer(),
        Inception("inception4c", [512, 128, 128, 256, 24, 64, 64]).layer(),
        Inception("inception4d", [512, 112, 144, 288, 32, 64, 64]).layer(),
    ]);
    if heads {
        layers.push(auxiliary("aux2", 528, classes));
    }
    layers.extend([
        Inception("inception4e", [528, 256, 160, 320, 32, 128, 128]).layer(),
        pool("maxpool4", 2),
        Inception("inception5a", [832, 256, 160, 320, 32, 128, 128]).layer(),
        Inception("inception5b", [832, 384, 192, 384, 48, 128, 128]).layer(),
        Layer::named("avgpool", AdaptiveAvgPool2d { output_size: Pair::from(1) }),
        Layer::named("flatten", Flatten {}),
        Layer::named("dropout", Dropout { p: 0.2 }),
        Layer::named("fc", Linear::new(1024, classes)),
    ]);
    Model::new(&[3, 224, 224], layers)
}
