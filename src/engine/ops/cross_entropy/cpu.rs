//! Twin of `cross_entropy.wgsl`.

/// The loss of every row: `logits: [n, classes]`, `labels: [n]`.
pub(super) fn each(classes: usize, smoothing: f32, logits: &[f32], labels: &[f32], loss: &mut [f32]) {
    for ((loss, row), &label) in loss.iter_mut().zip(logits.chunks_exact(classes)).zip(labels) {
        *loss = row_loss(row, label, smoothing);
    }
}

/// The mean loss, in `loss[0]`.
pub(super) fn mean(classes: usize, smoothing: f32, logits: &[f32], labels: &[f32], loss: &mut [f32]) {
    let sum: f64 = logits.chunks_exact(classes).zip(labels).map(|(row, &label)| f64::from(row_loss(row, label, smoothing))).sum();
    loss[0] = (sum / labels.len() as f64) as f32;
}

/// The gradient of the logits, where row `i` of the loss has the gradient `upstream(i)`.
pub(super) fn backward(
    classes: usize,
    smoothing: f32,
    logits: &[f32],
    labels: &[f32],
    upstream: impl Fn(usize) -> f32,
    gradient: &mut [f32],
) {
    for (i, ((row, gradient), &label)) in logits.chunks_exact(classes).zip(gradient.chunks_exact_mut(classes)).zip(labels).enumerate() {
        let Some(class) = class_of(label, classes) else {
            gradient.fill(f32::NAN);
            continue;
        };
        let top = largest(row);
        let sum = sum_of_exponentials(row, top);
        let scale = upstream(i);
        for (k, (gradient, z)) in gradient.iter_mut().zip(row).enumerate() {
            let target_share = smoothing / classes as f32 + if k == class { 1.0 - smoothing } else { 0.0 };
            *gradient = ((z - top).exp() / sum - target_share) * scale;
        }
    }
}

/// The label as a class, if it is one.
fn class_of(label: f32, classes: usize) -> Option<usize> {
    let index = (label.max(0.0) as usize).min(classes - 1);
    (index as f32 == label).then_some(index)
}

fn row_loss(row: &[f32], label: f32, smoothing: f32) -> f32 {
    let Some(class) = class_of(label, row.len()) else { return f32::NAN };
    let top = largest(row);
    let log_sum = sum_of_exponentials(row, top).ln();
    let nll = log_sum - (row[class] - top);
    if smoothing == 0.0 {
        return nll;
    }
    // The uniform part: the mean over all classes of -log softmax.
    let uniform: f32 = row.iter().map(|z| log_sum - (z - top)).sum();
    (1.0 - smoothing) * nll + smoothing * uniform / row.len() as f32
}

fn largest(row: &[f32]) -> f32 {
    row.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// At least 1 and at most the number of classes, so that its logarithm is finite.
fn sum_of_exponentials(row: &[f32], top: f32) -> f32 {
    row.iter().map(|z| (z - top).exp()).sum()
}
