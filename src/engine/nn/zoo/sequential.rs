//! Networks in one line: a multilayer perceptron, LeNet-5, AlexNet, VGG.

use super::{conv, named};
use crate::nn::{AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Dropout, Flatten, Layer, Linear, MaxPool2d, Model, Pair, Relu};

/// Linear layers of these widths with ReLUs between them: `[784, 256, 10]` takes lists of 784 numbers.
pub fn mlp(widths: &[usize]) -> Model {
    let mut layers: Vec<Layer> = Vec::new();
    for pair in widths.windows(2) {
        if !layers.is_empty() {
            layers.push(Relu {}.into());
        }
        layers.push(Linear::new(pair[0], pair[1]).into());
    }
    Model::new(&widths[..widths.len().min(1)], layers)
}

/// LeNet-5 (LeCun et al., 1998) as it is taught today: ReLUs, max pooling, a linear layer of logits.
pub fn lenet5() -> Model {
    let layers = vec![
        conv([1, 6], 5, 1, 2).into(),
        Relu {}.into(),
        MaxPool2d::new(2).into(),
        Conv2d::new(6, 16, 5).into(),
        Relu {}.into(),
        MaxPool2d::new(2).into(),
        Flatten {}.into(),
        Linear::new(400, 120).into(),
        Relu {}.into(),
        Linear::new(120, 84).into(),
        Relu {}.into(),
        Linear::new(84, 10).into(),
    ];
    Model::new(&[1, 28, 28], layers)
}

/// AlexNet (Krizhevsky, 2014, in one column), for images of 3 x 224 x 224.
pub fn alexnet(classes: usize) -> Model {
    let pool = MaxPool2d { stride: Some(Pair::from(2)), ..MaxPool2d::new(3) };
    let features = vec![
        conv([3, 64], 11, 4, 2).into(),
        Relu {}.into(),
        pool.clone().into(),
        conv([64, 192], 5, 1, 2).into(),
        Relu {}.into(),
        pool.clone().into(),
        conv([192, 384], 3, 1, 1).into(),
        Relu {}.into(),
        conv([384, 256], 3, 1, 1).into(),
        Relu {}.into(),
        conv([256, 256], 3, 1, 1).into(),
        Relu {}.into(),
        pool.into(),
    ];
    let classifier = vec![
        Dropout { p: 0.5 }.into(),
        Linear::new(256 * 6 * 6, 4096).into(),
        Relu {}.into(),
        Dropout { p: 0.5 }.into(),
        Linear::new(4096, 4096).into(),
        Relu {}.into(),
        Linear::new(4096, classes).into(),
    ];
    three_parts(features, 6, classifier)
}

/// VGG with 11, 13, 16 or 19 layers (Simonyan and Zisserman, 2015), for images of 3 x 224 x 224; any other depth is taken as 16.
pub fn vgg(depth: usize, batch_norm: bool, classes: usize) -> Model {
    let repeats = match depth {
        11 => [1, 1, 2, 2, 2],
        13 => [2, 2, 2, 2, 2],
        19 => [2, 2, 4, 4, 4],
        _ => [2, 2, 3, 3, 3],
    };
    let mut features: Vec<Layer> = Vec::new();
    let mut channels = 3;
    for (width, count) in [64, 128, 256, 512, 512].into_iter().zip(repeats) {
        for _ in 0..count {
            features.push(conv([channels, width], 3, 1, 1).into());
            if batch_norm {
                features.push(BatchNorm2d::new(width).into());
            }
            features.push(Relu {}.into());
            channels = width;
        }
        features.push(MaxPool2d::new(2).into());
    }
    let classifier = vec![
        Linear::new(512 * 7 * 7, 4096).into(),
        Relu {}.into(),
        Dropout { p: 0.5 }.into(),
        Linear::new(4096, 4096).into(),
        Relu {}.into(),
        Dropout { p: 0.5 }.into(),
        Linear::new(4096, classes).into(),
    ];
    three_parts(features, 7, classifier)
}

fn three_parts(features: Vec<Layer>, side: usize, classifier: Vec<Layer>) -> Model {
    let layers = vec![
        named("features", features),
        Layer::named("avgpool", AdaptiveAvgPool2d { output_size: Pair::from(side) }),
        Layer::named("flatten", Flatten {}),
        named("classifier", classifier),
    ];
    Model::new(&[3, 224, 224], layers)
}
