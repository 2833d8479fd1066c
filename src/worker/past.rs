//! A run's past: what it was at some of its steps, kept on the host so that it can go back.
//!
//! Knows when to keep what; knows nothing of devices, of how a state is read or put back.

use std::rc::Rc;
use stride_engine::trainer::Arenas;

/// So many bytes of the past are kept, of each run.
const ROOM: usize = 64 << 20;

/// Every so many steps something is kept, at first; twice as many when the room is used up, and so on.
const EVERY: u32 = 8;

/// No more moments than these are kept, however small they are.
const MOST: usize = 128;

/// A run of which fewer moments would fit than this keeps only what is asked for.
const FEWEST: usize = 4;

/// What a run was at one step.
#[derive(Debug)]
pub(super) struct Moment {
    /// After how many steps.
    pub step: u32,
    /// Weights, what the optimizer remembers, running statistics.
    pub state: Arenas,
    /// The learning rate in force.
    pub learning_rate: f32,
    /// After how many steps the optimizer's averages began.
    pub began: u32,
    /// What it takes.
    pub bytes: usize,
}

/// The moments that are kept. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Past {
    room: usize,
    every: u32,
    /// By rising step.
    moments: Vec<Rc<Moment>>,
    /// Where the run paused last, or was when it went back: kept besides, whatever its step.
    present: Option<Rc<Moment>>,
}

impl Default for Past {
    fn default() -> Self {
        Past { room: ROOM, every: EVERY, moments: Vec::new(), present: None }
    }
}

impl Past {
    /// Whether a moment of so many bytes is to be kept at this step.
    pub(super) fn is_due(&self, step: u32, bytes: usize) -> bool {
        step.is_multiple_of(self.every) && FEWEST * bytes <= self.room && self.at(step).is_none()
    }

    /// Keeps a moment among the others, evenly over the steps.
    pub(super) fn keep(&mut self, moment: Rc<Moment>) {
        let place = self.moments.partition_point(|kept| kept.step < moment.step);
        self.moments.insert(place, moment);
        let is_full = |moments: &[Rc<Moment>]| {
            let bytes: usize = moments.iter().map(|kept| kept.bytes).sum();
            moments.len() > MOST || moments.len() > 1 && bytes > self.room
        };
        while is_full(&self.moments) {
            self.every *= 2;
            self.moments.retain(|kept| kept.step.is_multiple_of(self.every));
        }
    }

    /// Keeps a moment besides the others.
    pub(super) fn keep_present(&mut self, moment: Rc<Moment>) {
        self.present = Some(moment);
    }

    /// The moment of this step.
    pub(super) fn at(&self, step: u32) -> Option<&Rc<Moment>> {
        self.moments.iter().chain(&self.present).find(|moment| moment.step == step)
    }

    /// The steps that are kept, rising.
    pub(super) fn steps(&self) -> Vec<u32> {
        let mut steps: Vec<u32> = self.moments.iter().chain(&self.present).map(|moment| moment.step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// Forgets what lies after this step.
    pub(super) fn cut(&mut self, step: u32) {
        self.moments.retain(|moment| moment.step <= step);
        self.present = self.present.take().filter(|moment| moment.step <= step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(step: u32, bytes: usize) -> Rc<Moment> {
        Rc::new(Moment { step, state: Arenas::default(), learning_rate: 0.1, began: 0, bytes })
    }

    #[test]
    fn a_long_past_is_kept_evenly_in_its_room() {
        let mut past = Past { room: 1000, ..Past::default() };
        for step in 0..10_000 {
            if past.is_due(step, 100) {
                past.keep(moment(step, 100));
            }
            assert!(past.moments.len() <= 10);
        }
        let steps = past.steps();
        assert!(steps.len() > 4 && steps[0] == 0, "{steps:?}");
        assert!(steps.windows(2).all(|pair| pair[1] - pair[0] == past.every), "{steps:?}");
    }

    #[test]
    fn small_moments_are_not_kept_by_the_thousand() {
        let mut past = Past::default();
        (0..100_000).filter(|step| step % 8 == 0).for_each(|step| {
            if past.is_due(step, 10) {
                past.keep(moment(step, 10));
            }
        });
        assert!((MOST / 2..=MOST).contains(&past.moments.len()), "{}", past.moments.len());
    }

    #[test]
    fn what_is_too_large_is_kept_only_when_asked_for() {
        let mut past = Past { room: 1000, ..Past::default() };
        assert!(!past.is_due(8, 300));
        past.keep_present(moment(13, 300));
        assert_eq!(past.steps(), [13]);
        assert_eq!(past.at(13).map(|moment| moment.step), Some(13));
    }

    #[test]
    fn what_lies_after_is_forgotten() {
        let mut past = Past::default();
        [0, 8, 16].into_iter().for_each(|step| past.keep(moment(step, 1)));
        past.keep_present(moment(19, 1));
        past.cut(8);
        assert_eq!(past.steps(), [0, 8]);
        assert!(past.is_due(16, 1) && !past.is_due(8, 1) && !past.is_due(17, 1));
    }
}
