//! Twin of `classify.wgsl`.

/// `logits: [n, classes]`, `class: [n]`.
pub(super) fn argmax(classes: usize, logits: &[f32], class: &mut [f32]) {
    for (class, row) in class.iter_mut().zip(logits.chunks_exact(classes)) {
        *class = row_argmax(row) as f32;
    }
}

/// `logits: [n, classes]`, `labels: [n]`, `share: [1]`.
pub(super) fn accuracy(classes: usize, logits: &[f32], labels: &[f32], share: &mut [f32]) {
    let hits = logits.chunks_exact(classes).zip(labels).filter(|(row, label)| row_argmax(row) as f32 == **label).count();
    share[0] = hits as f32 / labels.len() as f32;
}

/// The first maximum of a row; a NaN counts as larger than any number.
fn row_argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (k, value) in row.iter().enumerate() {
        if !row[best].is_nan() && (*value > row[best] || value.is_nan()) {
            best = k;
        }
    }
    best
}
