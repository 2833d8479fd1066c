//! Parameters and multiply-adds of the published networks, from their descriptions alone.

use super::set::Set;
use stride_engine::nn::Model;
use stride_engine::nn::zoo::{Residuals, alexnet, googlenet, resnet, vgg};

/// The description of a network of torchvision.
fn network(name: &str) -> Option<Model> {
    Some(match name {
        "AlexNet" => alexnet(1000),
        "VGG16" => vgg(16, false, 1000),
        "VGG16_BN" => vgg(16, true, 1000),
        "VGG19" => vgg(19, false, 1000),
        "ResNet18" => resnet(Residuals::resnet(18), 1000),
        "ResNet34" => resnet(Residuals::resnet(34), 1000),
        "ResNet50" => resnet(Residuals::resnet(50), 1000),
        "ResNet101" => resnet(Residuals::resnet(101), 1000),
        "ResNet152" => resnet(Residuals::resnet(152), 1000),
        "ResNeXt50_32x4d" => resnet(Residuals::resnext(50, 32, 4), 1000),
        "ResNeXt101_32x8d" => resnet(Residuals::resnext(101, 32, 8), 1000),
        "GoogLeNet" => googlenet(1000, false),
        "GoogLeNet_aux" => googlenet(1000, true),
        _ => return None,
    })
}

/// Asserts every count of the set; answers a line for each network.
pub fn counts_agree(set: &Set) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, counts) in &set.parameter_counts {
        let model = network(name).unwrap_or_else(|| panic!("there is no description of {name}"));
        let rows = model.summary().unwrap();
        let parameters = model.parameter_count().unwrap();
        let sum = |kind: &str| rows.iter().filter(|row| row.description.starts_with(kind)).map(|row| row.parameters).sum::<usize>();
        for (what, &want) in counts {
            let got = match what.as_str() {
                "parameters" => parameters as u64,
                "conv" => sum("Conv2d") as u64,
                "linear" => sum("Linear") as u64,
                "multiply_adds_224" => rows.iter().map(|row| row.multiply_adds).sum(),
                other => panic!("{name}: there is no count '{other}'"),
            };
            assert_eq!(got, want, "{name}: {what}");
        }
        lines.push(format!("{name}: {parameters} parameters"));
    }
    lines
}
