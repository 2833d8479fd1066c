//! Twins of `nll_loss.wgsl`.

/// The label as a class, if it is one.
fn class_of(label: f32, classes: usize) -> Option<usize> {
    let index = (label.max(0.0) as usize).min(classes - 1);
    (index as f32 == label).then_some(index)
}

pub(super) fn mean(classes: usize, log_probabilities: &[f32], labels: &[f32]) -> f32 {
    let rows = log_probabilities.chunks_exact(classes).zip(labels);
    let sum: f64 = rows.map(|(row, &label)| class_of(label, classes).map_or(f64::NAN, |k| -f64::from(row[k]))).sum();
    (sum / labels.len() as f64) as f32
}

pub(super) fn backward(classes: usize, labels: &[f32], upstream: f32, gradient: &mut [f32]) {
    for (row, &label) in gradient.chunks_exact_mut(classes).zip(labels) {
        match class_of(label, classes) {
            Some(k) => {
                row.fill(0.0);
                row[k] = -upstream / labels.len() as f32;
            }
            None => row.fill(f32::NAN),
        }
    }
}
