//! From the trainer's numbers to the protocol's words.
//!
//! Pure functions; knows nothing of when they are called.

use crate::data::{CLASSES, Images};
use crate::protocol::{
    Activation, Distribution, Examination, Filters, Guess, LayerProbe, Mistake, ParameterProbe, Probe, RunTelemetry, Seen, TestPoint,
};
use stride_engine::nn::LayerSummary;
use stride_engine::ops::{BINS, SPREAD_LEN};
use stride_engine::trainer::{LAYER_PARTS, PARAMETER_PARTS, PROBE_STRIDE, Placed};

/// How many of the worst mistakes are told.
const WORST: usize = 24;

/// What the network is shown, and which test image if it is one, in the 24 bits of a tag.
pub(super) fn tag(what: u32, index: usize) -> u32 {
    what << 20 | index as u32 & 0xf_ffff
}

/// The reverse of [`tag`].
pub(super) fn untag(tag: u32) -> (u32, usize) {
    (tag >> 20, (tag & 0xf_ffff) as usize)
}

/// The statistics of all layers and of all parameters.
pub(super) fn probe(step: u32, rows: &[LayerSummary], parameters: &[Placed], values: &[f32]) -> Probe {
    let (by_layer, by_parameter) = values.split_at((rows.len() * LAYER_PARTS * PROBE_STRIDE).min(values.len()));
    let layers = by_layer
        .chunks_exact(LAYER_PARTS * PROBE_STRIDE)
        .zip(rows)
        .map(|(parts, row)| LayerProbe {
            name: row.name.clone(),
            activation: distribution(&parts[..SPREAD_LEN]),
            gradient: distribution(&parts[PROBE_STRIDE..][..SPREAD_LEN]),
            dead: parts[2 * PROBE_STRIDE],
            saturated: parts[2 * PROBE_STRIDE + 1],
        })
        .collect();
    let parameters = by_parameter
        .chunks_exact(PARAMETER_PARTS * PROBE_STRIDE)
        .zip(parameters)
        .map(|(parts, placed)| ParameterProbe {
            name: placed.tensor.name.clone(),
            values: distribution(&parts[..SPREAD_LEN]),
            update_ratio: parts[PROBE_STRIDE],
        })
        .collect();
    Probe { step, layers, parameters }
}

fn distribution(spread: &[f32]) -> Distribution {
    let counts = spread[SPREAD_LEN - BINS..].iter().map(|&count| count as u32).collect();
    Distribution { mean: spread[0], std: spread[1], min: spread[2], max: spread[3], counts }
}

/// What the network makes of a test image; `None` if the image is not there.
pub(super) fn seen(
    step: u32,
    index: usize,
    rows: &[LayerSummary],
    spans: &[(usize, usize)],
    values: &[f32],
    test: &Images,
) -> Option<Seen> {
    if index >= test.len() {
        return None;
    }
    let layers = rows
        .iter()
        .zip(spans)
        .map(|(row, &(offset, len))| Activation {
            name: row.name.clone(),
            shape: row.output.clone(),
            values: values[offset..offset + len].to_vec(),
        })
        .collect();
    let guess = guess(step, spans, values);
    Some(Seen { step, index, label: test.labels[index], pixels: test.image(index).to_vec(), layers, guess })
}

/// The softmax of the last layer.
pub(super) fn guess(step: u32, spans: &[(usize, usize)], values: &[f32]) -> Guess {
    let logits = spans.last().map_or(&[][..], |&(offset, len)| &values[offset..offset + len]);
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials: Vec<f32> = logits.iter().map(|&logit| (logit - most).exp()).collect();
    let total: f32 = exponentials.iter().sum();
    Guess { step, probabilities: exponentials.into_iter().map(|e| e / total).collect() }
}

/// The weights of every convolution.
pub(super) fn filters(step: u32, parameters: &[Placed], values: &[f32]) -> Vec<Filters> {
    parameters
        .iter()
        .filter_map(|placed| {
            let shape = placed.tensor.shape.array()?;
            let name = placed.tensor.name.strip_suffix(".weight")?.to_string();
            let weights = values[placed.range()].to_vec();
            Some(Filters { step, name, shape, weights })
        })
        .collect()
}

/// The results of a test, as its batches come in.
#[derive(Debug, Default)]
pub(super) struct Tested {
    losses: Vec<f32>,
    classes: Vec<u8>,
}

impl Tested {
    /// Adds a batch (losses, then classes), of which only images before `images` count; whether that was the last.
    pub(super) fn add(&mut self, index: u32, values: &[f32], images: usize) -> bool {
        let (losses, classes) = values.split_at(values.len() / 2);
        if index as usize * losses.len() != self.losses.len() {
            return false;
        }
        let count = losses.len().min(images - self.losses.len());
        self.losses.extend_from_slice(&losses[..count]);
        self.classes.extend(classes[..count].iter().map(|&class| class as u8));
        self.losses.len() == images
    }

    /// What is told of it.
    pub(super) fn telemetry(&self, step: u32, whole: bool, test: &Images) -> RunTelemetry {
        let images = self.losses.len();
        let right = self.classes.iter().zip(&test.labels).filter(|(class, label)| class == label).count();
        let loss = self.losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / images as f64;
        let point = TestPoint { step, loss: loss as f32, accuracy: right as f32 / images as f32, images: images as u32 };
        if whole {
            RunTelemetry::Examined(Box::new(Examination { point, confusion: self.confusion(test), worst: self.worst(test) }))
        } else {
            RunTelemetry::Test(point)
        }
    }

    fn confusion(&self, test: &Images) -> Vec<u32> {
        let mut confusion = vec![0; CLASSES * CLASSES];
        for (&class, &label) in self.classes.iter().zip(&test.labels) {
            confusion[usize::from(label) * CLASSES + usize::from(class)] += 1;
        }
        confusion
    }

    fn worst(&self, test: &Images) -> Vec<Mistake> {
        let mut wrong: Vec<usize> = (0..self.losses.len()).filter(|&index| self.classes[index] != test.labels[index]).collect();
        wrong.sort_by(|&a, &b| self.losses[b].total_cmp(&self.losses[a]));
        wrong.truncate(WORST);
        let mistake = |index: usize| Mistake {
            index,
            label: test.labels[index],
            guess: self.classes[index],
            loss: self.losses[index],
            pixels: test.image(index).to_vec(),
        };
        wrong.into_iter().map(mistake).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_holds_what_and_which() {
        assert_eq!(untag(tag(1, 9_999)), (1, 9_999));
    }

    #[test]
    fn probabilities_are_the_softmax_of_the_last_layer() {
        let guess = guess(3, &[(0, 1), (2, 3)], &[9.0, 9.0, 1.0, 1.0, 1.0 + 2f32.ln()]);
        let expected = [0.25, 0.25, 0.5];
        assert!(guess.probabilities.iter().zip(expected).all(|(got, want)| (got - want).abs() < 1e-6), "{guess:?}");
    }

    #[test]
    fn a_test_is_counted_over_its_batches() {
        let test = Images { pixels: vec![0; 3 * 784], labels: vec![7, 2, 1], ..Images::default() };
        let mut tested = Tested::default();
        assert!(!tested.add(0, &[0.5, 1.5, 7.0, 3.0], 3));
        assert!(tested.add(1, &[1.0, 99.0, 1.0, 0.0], 3), "what is beyond the last image does not count");
        let RunTelemetry::Examined(examination) = tested.telemetry(4, true, &test) else { panic!("a whole test is an examination") };
        assert_eq!(examination.point, TestPoint { step: 4, loss: 1.0, accuracy: 2.0 / 3.0, images: 3 });
        assert_eq!(examination.confusion.iter().sum::<u32>(), 3);
        assert_eq!((examination.confusion[77], examination.confusion[23], examination.confusion[11]), (1, 1, 1));
        assert_eq!((examination.worst.len(), examination.worst[0].index, examination.worst[0].guess), (1, 1, 3));
    }
}
