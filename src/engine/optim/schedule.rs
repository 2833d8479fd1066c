//! Schedules: the learning rate as a function of time, as the classes of `torch.optim.lr_scheduler` compute it.
//!
//! Pure functions in double precision; whether time counts epochs or steps is for the caller to say.

use crate::error::{Error, Result};
use crate::packed::tagged;
use std::f64::consts::PI;

tagged! {
    /// A schedule with its constants, named as PyTorch names them. `lr` is the optimizer's learning rate, `t` the count of epochs (or
    /// steps) gone by.
    #[derive(Clone, Debug, Default, PartialEq)]
    as(tag = "name", rename_all = "snake_case", deny_unknown_fields)
    pub enum Schedule = "Schedule" {
        /// `lr`.
        #[default]
        Constant,
        /// `ExponentialLR`: `lr * gamma^t`.
        Exponential {
            /// The factor of one unit of time.
            gamma: f64,
        },
        /// `StepLR`: `lr * gamma^floor(t / step_size)`.
        Step {
            /// The time from one drop to the next.
            step_size: u32,
            /// The factor of a drop.
            #[serde(default = "tenth")]
            gamma: f64,
        },
        /// `MultiStepLR`: `lr * gamma^(milestones that have passed)`.
        MultiStep {
            /// When it drops.
            milestones: Vec<u32>,
            /// The factor of a drop.
            #[serde(default = "tenth")]
            gamma: f64,
        },
        /// `LambdaLR` with `1 / (t + 1)`: `lr / (t + 1)`, the decay of Robbins and Monro (1951).
        Inverse,
        /// `LambdaLR` with `1 / sqrt(t + 1)`: `lr / sqrt(t + 1)`.
        InverseSqrt,
        /// `CosineAnnealingLR`: `eta_min + (lr - eta_min) (1 + cos(pi t / t_max)) / 2`; past `t_max` it rises again.
        CosineAnnealing {
            /// The time from the highest rate to the lowest.
            t_max: u32,
            /// The lowest rate.
            #[serde(default)]
            eta_min: f64,
        },
        /// `CosineAnnealingWarmRestarts` (Loshchilov and Hutter, 2017): falls as a cosine for `t_0`, then begins anew, each time for
        /// `t_mult` times as long.
        CosineAnnealingWarmRestarts {
            /// The length of the first fall.
            t_0: u32,
            /// How many times as long the next one is.
            #[serde(default = "one")]
            t_mult: u32,
            /// The lowest rate.
            #[serde(default)]
            eta_min: f64,
        },
        /// `LinearLR`, a warm-up: `lr` times a factor that goes from `start_factor` to `end_factor` in `total_iters`, and stays there.
        Linear {
            /// The factor in the beginning.
            #[serde(default = "third")]
            start_factor: f64,
            /// The factor in the end.
            #[serde(default = "all")]
            end_factor: f64,
            /// The time between.
            #[serde(default = "five")]
            total_iters: u32,
        },
        /// `OneCycleLR` (Smith, 2018): a cosine up from `max_lr / div_factor` to `max_lr`, then one down to
        /// `max_lr / (div_factor * final_div_factor)`, where it stays; `lr` does not count. The top is at `pct_start * total_steps - 1`.
        OneCycle {
            /// The highest rate.
            max_lr: f64,
            /// The length of the cycle.
            total_steps: u32,
            /// The share of it that goes up.
            #[serde(default = "three_tenths")]
            pct_start: f64,
            /// How many times smaller the first rate is than the highest.
            #[serde(default = "twenty_five")]
            div_factor: f64,
            /// How many times smaller the last rate is than the first.
            #[serde(default = "ten_thousand")]
            final_div_factor: f64,
        },
        /// `SequentialLR`: one schedule after the other; from its milestone on each counts time from 0.
        Sequential {
            /// In their order.
            schedules: Vec<Schedule>,
            /// When the second begins, the third, and so on.
            milestones: Vec<u32>,
        },
    }
}

fn tenth() -> f64 {
    0.1
}

fn one() -> u32 {
    1
}

fn third() -> f64 {
    1.0 / 3.0
}

fn five() -> u32 {
    5
}

fn all() -> f64 {
    1.0
}

fn three_tenths() -> f64 {
    0.3
}

fn twenty_five() -> f64 {
    25.0
}

fn ten_thousand() -> f64 {
    1e4
}

/// Schedules within schedules go so deep.
const DEPTH: usize = 4;

impl Schedule {
    /// The learning rate at time `t`, given the optimizer's.
    pub fn learning_rate(&self, lr: f64, t: f64) -> f64 {
        match self {
            Schedule::Constant => lr,
            Schedule::Exponential { gamma } => lr * gamma.powf(t),
            Schedule::Step { step_size, gamma } => lr * gamma.powf((t / f64::from(*step_size)).floor()),
            Schedule::MultiStep { milestones, gamma } => {
                let passed = milestones.iter().filter(|&&milestone| f64::from(milestone) <= t).count();
                lr * gamma.powf(passed as f64)
            }
            Schedule::Inverse => lr / (t + 1.0),
            Schedule::InverseSqrt => lr / (t + 1.0).sqrt(),
            Schedule::CosineAnnealing { t_max, eta_min } => cosine(lr, *eta_min, t / f64::from(*t_max)),
            Schedule::CosineAnnealingWarmRestarts { t_0, t_mult, eta_min } => {
                cosine(lr, *eta_min, since_restart(t, f64::from(*t_0), f64::from(*t_mult)))
            }
            Schedule::Linear { start_factor, end_factor, total_iters } => {
                let gone = (t / f64::from(*total_iters)).min(1.0);
                lr * (start_factor + (end_factor - start_factor) * gone)
            }
            Schedule::OneCycle { max_lr, total_steps, pct_start, div_factor, final_div_factor } => {
                let first = max_lr / div_factor;
                let last = f64::from(*total_steps) - 1.0;
                // Before 0 if there is no time to go up, and at the end if there is none to go down.
                let top = pct_start * f64::from(*total_steps) - 1.0;
                if t < top {
                    cosine(first, *max_lr, t / top)
                } else if t == top {
                    *max_lr
                } else {
                    cosine(*max_lr, first / final_div_factor, ((t - top) / (last - top)).min(1.0))
                }
            }
            Schedule::Sequential { schedules, milestones } => {
                let passed = milestones.iter().filter(|&&milestone| f64::from(milestone) <= t).count();
                let since = if passed == 0 { 0.0 } else { f64::from(milestones[passed - 1]) };
                schedules.get(passed).map_or(lr, |schedule| schedule.learning_rate(lr, t - since))
            }
        }
    }

    /// Says in a sentence what makes no sense, if anything does.
    pub fn check(&self) -> Result<()> {
        self.check_within(DEPTH)
    }

    fn check_within(&self, depth: usize) -> Result<()> {
        match self {
            Schedule::Constant | Schedule::Inverse | Schedule::InverseSqrt => Ok(()),
            Schedule::Exponential { gamma } => positive("gamma", *gamma),
            Schedule::Step { step_size, gamma } => counted("step_size", *step_size).and(positive("gamma", *gamma)),
            Schedule::MultiStep { milestones, gamma } => ascending(milestones).and(positive("gamma", *gamma)),
            Schedule::CosineAnnealing { t_max, eta_min } => counted("t_max", *t_max).and(not_negative("eta_min", *eta_min)),
            Schedule::CosineAnnealingWarmRestarts { t_0, t_mult, eta_min } => {
                counted("t_0", *t_0).and(counted("t_mult", *t_mult)).and(not_negative("eta_min", *eta_min))
            }
            Schedule::Linear { start_factor, end_factor, total_iters } => counted("total_iters", *total_iters)
                .and(positive("start_factor", *start_factor))
                .and(share("start_factor", *start_factor))
                .and(share("end_factor", *end_factor)),
            Schedule::OneCycle { max_lr, total_steps, pct_start, div_factor, final_div_factor } => {
                positive("max_lr", *max_lr)?;
                positive("div_factor", *div_factor)?;
                positive("final_div_factor", *final_div_factor)?;
                counted("total_steps", *total_steps)?;
                share("pct_start", *pct_start)
            }
            Schedule::Sequential { schedules, milestones } => {
                if depth == 0 {
                    return Err(Error::model(format!("schedules lie in each other more than {DEPTH} deep")));
                }
                if schedules.len() != milestones.len() + 1 {
                    let (schedules, milestones) = (schedules.len(), milestones.len());
                    return Err(Error::model(format!(
                        "{schedules} schedules in sequence need one milestone fewer; there are {milestones}"
                    )));
                }
                ascending(milestones)?;
                schedules.iter().try_for_each(|schedule| schedule.check_within(depth - 1))
            }
        }
    }
}

/// From one rate to another along half a cosine; `gone` is the share of the way.
fn cosine(from: f64, to: f64, gone: f64) -> f64 {
    to + (from - to) * (1.0 + (PI * gone).cos()) / 2.0
}

/// The share of the present fall that has gone by. The falls' lengths grow at least twofold where they grow, so the loop is short.
fn since_restart(t: f64, first: f64, factor: f64) -> f64 {
    if factor == 1.0 {
        return (t / first).fract();
    }
    let (mut gone, mut length) = (t, first);
    while gone >= length {
        gone -= length;
        length *= factor;
    }
    gone / length
}

fn counted(name: &str, value: u32) -> Result<()> {
    if value > 0 { Ok(()) } else { Err(Error::model(format!("{name} is 0; it must be 1 or more"))) }
}

fn positive(name: &str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(Error::model(format!("{name} is {value}; it must be a positive number"))) }
}

fn not_negative(name: &str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() { Ok(()) } else { Err(Error::model(format!("{name} is {value}; it must be 0 or more"))) }
}

fn share(name: &str, value: f64) -> Result<()> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(Error::model(format!("{name} is {value}; it must be from 0 to 1"))) }
}

fn ascending(milestones: &[u32]) -> Result<()> {
    if milestones.is_sorted() { Ok(()) } else { Err(Error::model(format!("the milestones {milestones:?} must ascend"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(schedule: Schedule, want: &[(f64, f64)]) {
        schedule.check().unwrap();
        for &(t, want) in want {
            let got = schedule.learning_rate(0.1, t);
            assert!((got - want).abs() < 1e-12, "{schedule:?} at {t}: {got}, not {want}");
        }
    }

    #[test]
    fn by_hand() {
        close(Schedule::Exponential { gamma: 0.5 }, &[(0.0, 0.1), (2.0, 0.025)]);
        close(Schedule::Step { step_size: 3, gamma: 0.1 }, &[(2.0, 0.1), (3.0, 0.01), (6.0, 0.001)]);
        close(Schedule::MultiStep { milestones: vec![2, 2, 5], gamma: 0.5 }, &[(1.0, 0.1), (2.0, 0.025), (5.0, 0.0125)]);
        close(Schedule::Inverse, &[(0.0, 0.1), (4.0, 0.02)]);
        close(Schedule::InverseSqrt, &[(0.0, 0.1), (3.0, 0.05)]);
        close(Schedule::CosineAnnealing { t_max: 10, eta_min: 0.02 }, &[(0.0, 0.1), (5.0, 0.06), (10.0, 0.02), (15.0, 0.06), (20.0, 0.1)]);
        close(
            Schedule::Linear { start_factor: 0.1, end_factor: 1.0, total_iters: 9 },
            &[(0.0, 0.01), (3.0, 0.04), (9.0, 0.1), (30.0, 0.1)],
        );
    }

    #[test]
    fn warm_restarts_begin_anew_at_their_first_moment() {
        let doubling = Schedule::CosineAnnealingWarmRestarts { t_0: 3, t_mult: 2, eta_min: 0.0 };
        close(doubling, &[(0.0, 0.1), (3.0, 0.1), (6.0, 0.05), (9.0, 0.1), (21.0, 0.1), (33.0, 0.05)]);
        close(Schedule::CosineAnnealingWarmRestarts { t_0: 4, t_mult: 1, eta_min: 0.02 }, &[(2.0, 0.06), (4.0, 0.1), (10.0, 0.06)]);
    }

    #[test]
    fn one_cycle_goes_up_and_down() {
        let cycle = Schedule::OneCycle { max_lr: 0.5, total_steps: 20, pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 };
        close(cycle, &[(0.0, 0.02), (5.0, 0.5), (12.0, (0.5 + 2e-6) / 2.0), (19.0, 2e-6), (40.0, 2e-6)]);
    }

    #[test]
    fn one_cycle_may_lack_the_way_up_or_the_way_down() {
        let cycle =
            |total_steps, pct_start| Schedule::OneCycle { max_lr: 0.5, total_steps, pct_start, div_factor: 25.0, final_div_factor: 100.0 };
        // The top lies at -1: at 0 a quarter of the way down has gone by.
        close(cycle(4, 0.0), &[(0.0, 0.0002 + 0.4998 * (1.0 + 0.5f64.sqrt()) / 2.0), (3.0, 0.0002)]);
        close(cycle(5, 0.2), &[(0.0, 0.5), (4.0, 0.0002)]);
        close(cycle(5, 1.0), &[(0.0, 0.02), (2.0, 0.26), (4.0, 0.5)]);
        close(cycle(1, 0.3), &[(0.0, 0.0002)]);
    }

    #[test]
    fn what_is_not_said_is_as_in_pytorch() {
        let read = |text: &str| serde_json::from_str::<Schedule>(text).unwrap();
        close(read(r#"{"name": "linear"}"#), &[(0.0, 0.1 / 3.0), (5.0, 0.1)]);
        close(read(r#"{"name": "step", "step_size": 2}"#), &[(2.0, 0.01)]);
        close(read(r#"{"name": "cosine_annealing_warm_restarts", "t_0": 4}"#), &[(2.0, 0.05), (8.0, 0.1)]);
        close(read(r#"{"name": "one_cycle", "max_lr": 0.5, "total_steps": 20}"#), &[(0.0, 0.02), (5.0, 0.5), (19.0, 2e-6)]);
        let warm_up = r#"{"name": "sequential", "schedules": [{"name": "linear"}, {"name": "inverse"}], "milestones": [5]}"#;
        close(read(warm_up), &[(0.0, 0.1 / 3.0), (5.0, 0.1), (6.0, 0.05)]);
        assert!(serde_json::from_str::<Schedule>(r#"{"name": "exponential", "gama": 0.5}"#).is_err());
    }

    #[test]
    fn a_warm_up_is_followed_by_another_schedule() {
        let warm_up = Schedule::Linear { start_factor: 0.5, end_factor: 1.0, total_iters: 5 };
        let then = Schedule::Step { step_size: 2, gamma: 0.1 };
        close(
            Schedule::Sequential { schedules: vec![warm_up, then], milestones: vec![5] },
            &[(0.0, 0.05), (5.0, 0.1), (6.0, 0.1), (7.0, 0.01)],
        );
    }

    #[test]
    fn nonsense_is_refused() {
        let refused = |schedule: Schedule| schedule.check().unwrap_err().to_string();
        let warm_up = Schedule::Linear { start_factor: 2.0, end_factor: 1.0, total_iters: 5 };
        assert_eq!(refused(warm_up), "start_factor is 2; it must be from 0 to 1");
        let cycle = Schedule::OneCycle { max_lr: 0.5, total_steps: 20, pct_start: 1.5, div_factor: 25.0, final_div_factor: 1e4 };
        assert_eq!(refused(cycle), "pct_start is 1.5; it must be from 0 to 1");
        assert_eq!(refused(Schedule::Step { step_size: 0, gamma: 0.1 }), "step_size is 0; it must be 1 or more");
        assert_eq!(refused(Schedule::MultiStep { milestones: vec![5, 2], gamma: 0.1 }), "the milestones [5, 2] must ascend");
        let lonely = Schedule::Sequential { schedules: vec![Schedule::Constant], milestones: vec![3] };
        assert_eq!(refused(lonely), "1 schedules in sequence need one milestone fewer; there are 1");
        let mut deep = Schedule::Constant;
        for _ in 0..9 {
            deep = Schedule::Sequential { schedules: vec![deep], milestones: vec![] };
        }
        assert_eq!(refused(deep), "schedules lie in each other more than 4 deep");
    }
}
