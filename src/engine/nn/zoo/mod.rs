//! The chapter's networks as descriptions, with the names that torchvision's `state_dict` has for their tensors.
//!
//! Knows layers; nothing is computed here.

mod googlenet;
mod resnet;
mod sequential;

pub use googlenet::googlenet;
pub use resnet::{Residuals, resnet};
pub use sequential::{alexnet, lenet5, mlp, vgg};

use super::{BatchNorm2d, Conv2d, Layer, LayerKind, Pair};

/// A convolution without a bias and its batch normalisation, under these names.
fn conv_bn(names: [&str; 2], conv: Conv2d) -> [Layer; 2] {
    let channels = conv.out_channels;
    [Layer::named(names[0], Conv2d { bias: false, ..conv }), Layer::named(names[1], BatchNorm2d::new(channels))]
}

/// A convolution with these settings.
fn conv(channels: [usize; 2], kernel: usize, stride: usize, padding: usize) -> Conv2d {
    Conv2d { stride: Pair::from(stride), padding: Pair::from(padding), ..Conv2d::new(channels[0], channels[1], kernel) }
}

/// Layers one after the other, under a name.
fn named(name: &str, layers: Vec<Layer>) -> Layer {
    Layer::named(name, LayerKind::sequential(layers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Model;

    /// Parameters in all, in convolutions, in linear layers; multiply-adds of one image.
    fn counts(model: &Model) -> [u64; 4] {
        let rows = model.summary().unwrap();
        let sum = |prefix: &str| rows.iter().filter(|row| row.description.starts_with(prefix)).map(|row| row.parameters as u64).sum();
        [model.parameter_count().unwrap() as u64, sum("Conv2d"), sum("Linear"), rows.iter().map(|row| row.multiply_adds).sum()]
    }

    #[test]
    fn counts_are_the_published_ones() {
        assert_eq!(counts(&alexnet(1000)), [61_100_840, 2_469_696, 58_631_144, 714_188_480]);
        assert_eq!(counts(&vgg(19, false, 1000)), [143_667_240, 20_024_384, 123_642_856, 19_632_062_464]);
        assert_eq!(counts(&resnet(Residuals::resnet(18), 1000)), [11_689_512, 11_166_912, 513_000, 1_814_073_344]);
        assert_eq!(counts(&resnet(Residuals::resnet(50), 1000)), [25_557_032, 23_454_912, 2_049_000, 4_089_184_256]);
        assert_eq!(googlenet(1000, false).parameter_count().unwrap(), 6_624_904);
        assert_eq!(googlenet(1000, true).parameter_count().unwrap(), 13_004_888);
        assert_eq!(lenet5().parameter_count().unwrap(), 61_706);
    }

    #[test]
    fn tensors_are_named_as_in_torchvision() {
        let built = resnet(Residuals::resnet(18), 1000).outline().unwrap();
        let names: Vec<&str> = built.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        for name in ["conv1.weight", "bn1.bias", "layer2.0.downsample.0.weight", "layer4.1.conv2.weight", "fc.bias"] {
            assert!(names.contains(&name), "no {name} in {names:?}");
        }
        assert!(built.buffers.iter().any(|buffer| buffer.name == "layer3.0.downsample.1.running_var"));
        let built = googlenet(1000, true).outline().unwrap();
        for name in ["inception4a.branch3.1.conv.weight", "inception3b.branch4.1.bn.bias", "aux1.conv.conv.weight", "aux2.fc1.weight"] {
            assert!(built.parameters.iter().any(|parameter| parameter.name == name), "no {name}");
        }
    }
}
