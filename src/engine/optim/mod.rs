//! Optimizers: how parameters move along their gradients. One file each, and in its folder the kernel with its twin.

mod adam;
pub mod control;
pub mod groups;
#[cfg(feature = "kernels")]
mod kernel;
mod rmsprop;
mod schedule;
mod sgd;

pub use adam::{Adam, AdamW};
pub use groups::ParameterGroup;
pub use rmsprop::RmsProp;
pub use schedule::Schedule;
pub use sgd::Sgd;

#[cfg(feature = "kernels")]
pub use kernel::SHADERS;

use crate::error::{Error, Result};
use crate::packed::tagged;
#[cfg(feature = "kernels")]
use kernel::Moves;

/// How parameters are moved, which without the feature `kernels` they are not.
#[cfg(not(feature = "kernels"))]
trait Moves {}

#[cfg(not(feature = "kernels"))]
impl<T> Moves for T {}

tagged! {
    /// An optimizer with its constants, named as `torch.optim` names them. The learning rate is given per step.
    #[derive(Clone, Debug, PartialEq)]
    as(tag = "name", rename_all = "lowercase")
    pub enum Optimizer = "Optimizer" {
        /// Stochastic gradient descent.
        Sgd(Sgd),
        /// Gradients divided by the root of the mean of their squares.
        Rmsprop(RmsProp),
        /// Momentum and RMSprop together, without their bias at the start.
        Adam(Adam),
        /// Adam with decoupled weight decay.
        Adamw(AdamW),
    }
}

/// What an optimizer says of itself.
trait Rule: Moves {
    /// Fails where a constant is out of its range.
    fn check(&self) -> Result<()>;

    /// The weight decay of parameters that belong to no group.
    fn weight_decay(&self) -> f32;

    /// What it remembers of each parameter, as PyTorch's `state_dict` names it.
    fn states(&self) -> &'static [&'static str];

    /// What undoes, in this step (from 1 on), that its averages began at 0. In double precision on the host.
    fn corrections(&self, _step: u32) -> [f32; 2] {
        [1.0, 1.0]
    }
}

impl Optimizer {
    /// SGD with this momentum.
    pub fn sgd(momentum: f32) -> Self {
        Optimizer::Sgd(Sgd { momentum, ..Sgd::default() })
    }

    /// Adam with PyTorch's defaults.
    pub fn adam() -> Self {
        Optimizer::Adam(Adam::default())
    }

    /// RMSprop with PyTorch's defaults.
    pub fn rmsprop() -> Self {
        Optimizer::Rmsprop(RmsProp::default())
    }

    /// AdamW with PyTorch's defaults.
    pub fn adamw() -> Self {
        Optimizer::Adamw(AdamW::default())
    }

    fn rule(&self) -> &dyn Rule {
        match self {
            Optimizer::Sgd(rule) => rule,
            Optimizer::Rmsprop(rule) => rule,
            Optimizer::Adam(rule) => rule,
            Optimizer::Adamw(rule) => rule,
        }
    }

    /// Fails where a constant is out of its range.
    pub fn check(&self) -> Result<()> {
        self.rule().check()
    }

    /// The weight decay of parameters that belong to no group.
    pub fn weight_decay(&self) -> f32 {
        self.rule().weight_decay()
    }

    /// What the optimizer remembers of each parameter, one number each, as PyTorch's `state_dict` names it, in the order in which the
    /// kernel writes them.
    pub fn states(&self) -> &'static [&'static str] {
        self.rule().states()
    }

    /// What undoes, in this step (from 1 on), that the optimizer's averages began at 0: for Adam `1 - beta1^step` and
    /// `sqrt(1 - beta2^step)`, for the others ones.
    pub fn corrections(&self, step: u32) -> [f32; 2] {
        self.rule().corrections(step)
    }
}

fn below_one(name: &str, value: f32) -> Result<()> {
    if (0.0..1.0).contains(&value) { Ok(()) } else { Err(Error::model(format!("{name} is {value}; it must be at least 0 and below 1"))) }
}

fn share(name: &str, value: f32) -> Result<()> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(Error::model(format!("{name} is {value}; it must be from 0 to 1"))) }
}

fn positive(name: &str, value: f32) -> Result<()> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(Error::model(format!("{name} is {value}; it must be a positive number"))) }
}

fn at_least_zero(name: &str, value: f32) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(Error::model(format!("{name} is {value}; it must be 0 or a positive number")))
    }
}

#[cfg(test)]
mod tests {
    use super::control::{CONTROL_LEN, Control};
    use super::*;
    use crate::device::{Device, Work, finish, gpu};
    use crate::graph::Element;
    use crate::plan::{Memory, Plan};

    /// What an optimizer is fed.
    pub(super) struct Steps<'a> {
        pub rate: f32,
        pub start: &'a [f32],
        pub gradients: &'a [&'a [f32]],
        /// The group table: for each block the factor of the learning rate, and the weight decay.
        pub options: &'a [f32],
    }

    /// The parameters after each step on the CPU, which a GPU, if there is one, must have too.
    pub(super) fn steps(rule: &dyn Rule, feed: &Steps) -> Vec<Vec<f32>> {
        everything(rule, feed).into_iter().map(|mut after| after.swap_remove(0)).collect()
    }

    /// The parameters and the states after each step on the CPU, which a GPU, if there is one, must have too.
    fn everything(rule: &dyn Rule, feed: &Steps) -> Vec<Vec<Vec<f32>>> {
        let cpu = steps_on(&Device::cpu(), rule, feed);
        if let Ok(gpu) = pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any)) {
            let gpu = steps_on(&Device::Gpu(gpu), rule, feed);
            for (gpu, cpu) in gpu.iter().flatten().flatten().zip(cpu.iter().flatten().flatten()) {
                assert!((gpu - cpu).abs() <= 1e-5 * cpu.abs().max(1.0), "{gpu} on the GPU, {cpu} on the CPU");
            }
        }
        cpu
    }

    fn steps_on(device: &Device, rule: &dyn Rule, feed: &Steps) -> Vec<Vec<Vec<f32>>> {
        let len = feed.start.len();
        let mut memory = Memory::new();
        let [gradients, control, table, parameters] =
            [("gradients", len), ("control", CONTROL_LEN), ("groups", feed.options.len()), ("parameters", len)]
                .map(|(name, len)| memory.add(name, len, Element::F32));
        let mut writes = vec![parameters];
        writes.extend(rule.states().iter().map(|state| memory.add(state, len, Element::F32)));
        let mut plan = Plan::new("optimizer", &crate::graph::Graph::new(), &[], &[]).unwrap();
        plan.push(rule.kernel(len), vec![gradients, control, table], writes.clone());
        let mut machine = pollster::block_on(device.load(&memory, vec![plan])).unwrap();
        machine.write(table, feed.options);
        machine.write(parameters, feed.start);
        let mut work = vec![Work::Run(0)];
        work.extend(writes.iter().map(|&span| Work::Read { ticket: 0, span }));
        let mut after = Vec::new();
        for (gradient, step) in feed.gradients.iter().zip(1..) {
            let numbers = Control { learning_rate: feed.rate, step, corrections: rule.corrections(step), ..Control::default() };
            machine.write(control, &numbers.values());
            machine.write(gradients, gradient);
            machine.submit(&work).unwrap();
            let mut arenas = Vec::new();
            finish(machine.as_mut(), &mut |_, values| arenas.push(values.to_vec())).unwrap();
            after.push(arenas);
        }
        after
    }

    /// Every set of states there is.
    fn every_kernel() -> Vec<Optimizer> {
        let mut all = vec![Optimizer::sgd(0.0), Optimizer::sgd(0.9)];
        for centered in [false, true] {
            all.extend([0.0, 0.9].map(|momentum| Optimizer::Rmsprop(RmsProp { momentum, centered, ..RmsProp::default() })));
        }
        for amsgrad in [false, true] {
            all.extend([Optimizer::Adam(Adam { amsgrad, ..Adam::default() }), Optimizer::Adamw(AdamW { amsgrad, ..AdamW::default() })]);
        }
        all
    }

    #[test]
    fn what_is_frozen_does_not_move_nor_remember() {
        // Three blocks, the last cut short: one that moves, one that is frozen, one that moves twice as fast. What is frozen is not even
        // moved by a gradient that is no number.
        let len = 2 * groups::BLOCK + 3;
        let block = |i: usize| i / groups::BLOCK;
        let gradient: Vec<f32> = (0..len).map(|i| if block(i) == 1 { f32::NAN } else { 2.0 }).collect();
        let start = vec![1.5; len];
        for optimizer in every_kernel() {
            let feed = Steps { rate: 0.125, start: &start, gradients: &[gradient.as_slice(); 2], options: &[1.0, 0.0, 0.0, 0.5, 2.0, 0.0] };
            let after = everything(optimizer.rule(), &feed);
            for arenas in &after {
                for (arena, begun) in arenas.iter().zip([1.5, 0.0, 0.0, 0.0]) {
                    for (i, value) in arena.iter().enumerate() {
                        assert_eq!(block(i) == 1, *value == begun, "{optimizer:?}: {value} at {i}");
                    }
                }
            }
            let moved = |i: usize| 1.5 - after[0][0][i];
            assert!((moved(len - 1) - 2.0 * moved(0)).abs() < 1e-6, "{optimizer:?} moved by {} and {}", moved(0), moved(len - 1));
        }
    }

    #[test]
    fn an_arena_may_need_more_workgroups_than_one_dimension_has() {
        let len = groups::BLOCK * 65_536 + 5;
        let blocks = len.div_ceil(groups::BLOCK);
        let start: Vec<f32> = (0..len).map(|i| (i % 1000) as f32).collect();
        let gradient = vec![1.0; len];
        let options: Vec<f32> = (0..blocks).flat_map(|block| [(block % 3) as f32, 0.0]).collect();
        let feed = Steps { rate: 0.5, start: &start, gradients: &[&gradient], options: &options };
        let after = steps(&Sgd::default(), &feed);
        for (i, value) in after[0].iter().enumerate() {
            assert_eq!(*value, start[i] - 0.5 * (i / groups::BLOCK % 3) as f32, "at {i}");
        }
    }

    #[test]
    fn there_is_a_binding_for_every_state_and_no_more() {
        for optimizer in every_kernel() {
            assert!(4 + optimizer.states().len() <= 8, "{optimizer:?}");
        }
        let states = |optimizer: Optimizer| optimizer.states();
        assert_eq!(states(Optimizer::sgd(0.0)), [""; 0]);
        assert_eq!(states(Optimizer::sgd(0.9)), ["momentum_buffer"]);
        assert_eq!(states(Optimizer::rmsprop()), ["square_avg"]);
        assert_eq!(states(Optimizer::adam()), ["exp_avg", "exp_avg_sq"]);
        let amsgrad = Optimizer::Adamw(AdamW { amsgrad: true, ..AdamW::default() });
        assert_eq!(states(amsgrad), ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"]);
    }

    #[test]
    fn what_is_not_said_is_as_in_pytorch() {
        let read = |text: &str| serde_json::from_str::<Optimizer>(text);
        for (text, want) in [
            (r#"{"name": "sgd"}"#, Optimizer::sgd(0.0)),
            (r#"{"name": "sgd", "momentum": 0.9}"#, Optimizer::sgd(0.9)),
            (r#"{"name": "rmsprop"}"#, Optimizer::rmsprop()),
            (r#"{"name": "adam"}"#, Optimizer::adam()),
            (r#"{"name": "adamw"}"#, Optimizer::adamw()),
            (r#"{"name": "adam", "amsgrad": true}"#, Optimizer::Adam(Adam { amsgrad: true, ..Adam::default() })),
        ] {
            let optimizer = read(text).unwrap();
            assert_eq!(optimizer, want);
            assert!(optimizer.check().is_ok());
            assert_eq!(read(&serde_json::to_string(&optimizer).unwrap()).unwrap(), optimizer);
        }
        assert_eq!((Optimizer::adam().weight_decay(), Optimizer::adamw().weight_decay()), (0.0, 0.01));
        assert!(read(r#"{"name": "sgd", "moment": 0.9}"#).is_err());
    }

    #[test]
    fn constants_out_of_range_are_refused() {
        let refused = |optimizer: Optimizer| optimizer.check().unwrap_err().to_string();
        assert_eq!(refused(Optimizer::sgd(1.0)), "momentum is 1; it must be at least 0 and below 1");
        assert_eq!(refused(Optimizer::Adam(Adam { eps: 0.0, ..Adam::default() })), "eps is 0; it must be a positive number");
        let nesterov = Optimizer::Sgd(Sgd { nesterov: true, ..Sgd::default() });
        assert_eq!(refused(nesterov), "nesterov needs a momentum above 0 and no dampening");
        let dampened = Optimizer::Sgd(Sgd { momentum: 0.9, dampening: 1.5, ..Sgd::default() });
        assert_eq!(refused(dampened), "dampening is 1.5; it must be from 0 to 1");
        let shrinks = Optimizer::Adamw(AdamW { weight_decay: -0.1, ..AdamW::default() });
        assert_eq!(refused(shrinks), "weight_decay is -0.1; it must be 0 or a positive number");
        let alpha = Optimizer::Rmsprop(RmsProp { alpha: 1.0, ..RmsProp::default() });
        assert_eq!(refused(alpha), "alpha is 1; it must be at least 0 and below 1");
    }
}
