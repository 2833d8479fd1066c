//! Long histories in bounded memory: as they grow, everything in them becomes evenly coarser.
//!
//! Knows when to keep what; knows nothing of what is kept, but how to average training steps.

use crate::protocol::StepPoint;

/// Keeps every item at first, every second when there are too many, then every fourth and so on; always the first and the latest.
#[derive(Clone, Debug)]
pub struct Thinned {
    seen: u64,
    every: u64,
}

impl Default for Thinned {
    fn default() -> Self {
        Thinned { seen: 0, every: 1 }
    }
}

impl Thinned {
    /// Puts `item` behind `items`, which holds what this has kept so far, so that there are no more than `most`, at least 2.
    pub fn push<T>(&mut self, items: &mut Vec<T>, item: T, most: usize) {
        // The latest item so far, if it was there only for being the latest.
        if self.seen > 0 && !(self.seen - 1).is_multiple_of(self.every) {
            items.pop();
        }
        if items.len() >= most {
            keep_even(items);
            self.every *= 2;
        }
        items.push(item);
        self.seen += 1;
    }
}

impl Thinned {
    /// Of what it has kept, only the first so many are left, of which the last may be there only for being the latest.
    pub fn cut(&mut self, left: usize) {
        self.seen = left.checked_sub(1).map_or(0, |last| last as u64 * self.every + 1);
    }
}

fn keep_even<T>(items: &mut Vec<T>) {
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        index % 2 == 1
    });
}

/// Keeps every training step at first, then means of two, of four and so on.
#[derive(Clone, Debug)]
pub struct Averaged {
    /// How many steps a point stands for.
    span: u32,
    /// How many of them the last point has so far.
    in_last: u32,
}

impl Default for Averaged {
    fn default() -> Self {
        Averaged { span: 1, in_last: 0 }
    }
}

impl Averaged {
    /// Adds a step behind `points`, which holds what this has kept so far, so that there are no more than `most`, at least 2.
    pub fn push(&mut self, points: &mut Vec<StepPoint>, point: StepPoint, most: usize) {
        if let Some(last) = points.last_mut().filter(|_| self.in_last < self.span) {
            self.in_last += 1;
            *last = mean(*last, point, 1.0 / self.in_last as f32);
            return;
        }
        if points.len() >= most {
            // An odd one at the end is half of a point to come.
            let odd = points.len() % 2 == 1;
            *points = points.chunks(2).map(|pair| pair.iter().copied().reduce(|a, b| mean(a, b, 0.5)).unwrap_or(pair[0])).collect();
            self.in_last = if odd { self.span } else { 2 * self.span };
            self.span *= 2;
            return self.push(points, point, most);
        }
        self.in_last = 1;
        points.push(point);
    }
}

impl Averaged {
    /// Of the points it has kept, the last are gone: the next step begins a point of its own.
    pub fn cut(&mut self) {
        self.in_last = self.span;
    }
}

/// Between `a` and the later `b`, whose share is `of_b`; placed where `b` is, and with its learning rate.
fn mean(a: StepPoint, b: StepPoint, of_b: f32) -> StepPoint {
    StepPoint { loss: a.loss + (b.loss - a.loss) * of_b, accuracy: a.accuracy + (b.accuracy - a.accuracy) * of_b, ..b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_kept_evenly_with_the_first_and_the_latest() {
        for most in [2, 3, 8] {
            let (mut thinned, mut items) = (Thinned::default(), Vec::new());
            for n in 0..1000u64 {
                thinned.push(&mut items, n, most);
                assert!(items.len() <= most);
                assert_eq!((items[0], items.last()), (0, Some(&n)));
                let steps: Vec<u64> = items.windows(2).map(|pair| pair[1] - pair[0]).collect();
                let even = &steps[..steps.len().saturating_sub(1)];
                assert!(even.iter().all(|step| *step == thinned.every), "{items:?}");
            }
        }
    }

    fn step(n: u32) -> StepPoint {
        StepPoint { step: n, epoch: n as f32, loss: n as f32, accuracy: 0.5, learning_rate: 0.1 }
    }

    #[test]
    fn steps_are_averaged_when_there_are_too_many() {
        for most in [2, 5, 8] {
            let (mut averaged, mut points) = (Averaged::default(), Vec::new());
            for n in 1..=1000u32 {
                averaged.push(&mut points, step(n), most);
                assert!(points.len() <= most);
                assert_eq!(points.last().map(|point| point.step), Some(n));
                let mut before = 0;
                for point in &points {
                    let expected = (before + 1 + point.step) as f32 / 2.0;
                    assert!((point.loss - expected).abs() < 1e-2, "{points:?}");
                    before = point.step;
                }
            }
        }
    }

    #[test]
    fn after_a_cut_it_goes_on_as_evenly() {
        let (mut thinned, mut items) = (Thinned::default(), Vec::new());
        (0..100u64).for_each(|n| thinned.push(&mut items, n, 8));
        items.retain(|&n| n <= 48);
        thinned.cut(items.len());
        (49..100u64).for_each(|n| thinned.push(&mut items, n, 8));
        assert!(items.len() <= 8 && items[0] == 0 && items.last() == Some(&99), "{items:?}");
        assert!(items.windows(2).all(|pair| pair[0] < pair[1]), "{items:?}");
        let (mut averaged, mut points) = (Averaged::default(), Vec::new());
        (1..=100).for_each(|n| averaged.push(&mut points, step(n), 8));
        points.retain(|point| point.step <= 50);
        averaged.cut();
        averaged.push(&mut points, step(51), 8);
        assert_eq!(points.last().map(|point| (point.step, point.loss)), Some((51, 51.0)));
    }

    #[test]
    fn few_steps_are_kept_as_they_are() {
        let (mut averaged, mut points) = (Averaged::default(), Vec::new());
        (1..=5).for_each(|n| averaged.push(&mut points, step(n), 5));
        assert_eq!(points, (1..=5).map(step).collect::<Vec<_>>());
    }
}
