//! An experiment as a Python script for PyTorch that runs as it stands.
//!
//! Knows experiments; knows nothing of runs. The network's tensors carry the engine's names, so that weights saved from either side load on
//! the other; random numbers differ, so a curve of the script agrees with the page's in kind and not in every digit.

mod augment;
mod model;
mod settings;

use crate::data::{MNIST_MEAN, MNIST_STD};
use crate::experiment::{Experiment, Unit};
use model::Writer;
use std::fmt::Debug;

const TRAIN: &str = include_str!("train.py");

/// The script. `title` says in a few words what it is of. Fails, in one sentence, where a layer has a name that PyTorch cannot have.
pub fn script(experiment: &Experiment, title: &str) -> Result<String, String> {
    let mut writer = Writer::default();
    let layers = writer.sequence(&experiment.model.layers, 1)?;
    let initialise = settings::initialisation(&experiment.model.init);
    let augment = augment::augmentation(&experiment.augmentation);
    let mut parts = vec![header(title), constants(experiment)];
    parts.extend(writer.classes().map(ToString::to_string));
    parts.extend(initialise.clone());
    parts.push(if initialise.is_some() {
        format!("def build_model():\n    model = {layers}\n    initialise(model)\n    return model\n")
    } else {
        format!("def build_model():\n    return {layers}\n")
    });
    parts.push(settings::optimizer(&experiment.optimizer, &experiment.groups));
    parts.push(settings::schedule(&experiment.schedule));
    parts.extend(augment.clone());
    parts.push(training(experiment.schedule_by, augment.is_some(), writer.has_heads()));
    Ok(parts.join("\n\n"))
}

fn header(title: &str) -> String {
    // A title may hold what would end the text early.
    let title = title.replace(['"', '\\', '\n', '\r'], " ");
    format!(
        "\"\"\"{title}: an experiment of a Stride notebook, in PyTorch.\n\n\
         pip install torch torchvision safetensors\n\
         python experiment.py --epochs 1\n\n\
         It is the page's network, optimizer, schedule and data. PyTorch draws other random numbers from the same seed, so its curve\n\
         agrees with the page's in kind and not in every digit. --weights takes weights that were saved on the page.\n\
         \"\"\"\n\n\
         import argparse\nimport json\nimport math\nimport re\n\n\
         import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
    )
}

fn constants(experiment: &Experiment) -> String {
    let input: Vec<String> = experiment.model.input.iter().map(ToString::to_string).collect();
    // A tuple of one needs its comma.
    let input = format!("({}{})", input.join(", "), if input.len() == 1 { "," } else { "" });
    let values = [
        ("SEED", experiment.seed.to_string()),
        ("BATCH_SIZE", experiment.batch_size.to_string()),
        ("LEARNING_RATE", float(experiment.learning_rate)),
        ("LABEL_SMOOTHING", float(experiment.label_smoothing)),
        ("TEST_EVERY", experiment.measure.test_every.to_string()),
        ("TEST_IMAGES", experiment.measure.test_images.to_string()),
        ("INPUT", input),
        ("MEAN", float(MNIST_MEAN)),
        ("STD", float(MNIST_STD)),
    ];
    values.map(|(name, value)| format!("{name} = {value}\n")).concat()
}

/// The loop, with what differs from experiment to experiment in its places.
fn training(unit: Unit, augments: bool, has_heads: bool) -> String {
    let time = match unit {
        Unit::Epoch => "epoch",
        Unit::Step => "step",
    };
    let images = if augments { "augment(train_images[batch])" } else { "train_images[batch]" };
    let text = TRAIN.replace("TIME)", &format!("{time})")).replace("AUGMENTED,", &format!("{images},"));
    let heads = "            for layer in model.modules():\n                if isinstance(layer, AuxiliaryHead):\n                    \
                 total = total + layer.loss_weight * F.cross_entropy(layer.logits_aside, y, label_smoothing=LABEL_SMOOTHING)\n";
    text.replace("            HEADS\n", if has_heads { heads } else { "" })
}

/// A number in as few digits as tell it from its neighbours of the same precision.
fn float(value: impl Debug) -> String {
    format!("{value:?}")
}

/// A text of Python: JSON's are Python's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
