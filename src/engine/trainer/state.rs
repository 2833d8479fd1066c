//! A run's state between device and checkpoint: the arenas as they are read back, and the tensors that they hold.
//!
//! Knows names and places; knows nothing of files.

use super::Trainer;
use super::tickets::Kind;
use crate::checkpoint::{Checkpoint, NamedTensor, OPTIMIZER};
use crate::device::Work;
use crate::error::{Error, Result};
use crate::shape::Shape;

/// The arenas of a run as they come back ([`super::Report::State`]): parameters, what the optimizer remembers, running statistics.
#[derive(Clone, Debug, Default)]
pub struct Arenas {
    step: u32,
    parts: Vec<Vec<f32>>,
}

impl Arenas {
    /// Takes one of them, in the order in which they come.
    pub fn take(&mut self, step: u32, part: usize, values: &[f32]) {
        if part == 0 {
            self.parts.clear();
        }
        self.step = step;
        self.parts.push(values.to_vec());
    }
}

/// The name under which a checkpoint has what an optimizer remembers of a parameter.
fn remembered(state: &str, parameter: &str) -> String {
    format!("{OPTIMIZER}{state}.{parameter}")
}

impl Trainer {
    /// Asks for everything that the run goes on from; it comes back as as many [`super::Report::State`] as
    /// [`Trainer::state_parts`] says.
    pub fn read_state(&mut self) -> Result<()> {
        let places = &self.places;
        let arenas = std::iter::once(&places.parameters).chain(&places.states).chain(std::iter::once(&places.running));
        let reads = arenas.zip(0..).map(|(&span, part)| Work::Read { ticket: self.tickets.make(Kind::State, self.step, part), span });
        self.work.clear();
        self.work.extend(reads);
        self.machine.submit(&self.work)
    }

    /// How many parts the state comes back in.
    pub fn state_parts(&self) -> usize {
        self.places.states.len() + 2
    }

    /// The checkpoint of a state that has come back whole.
    pub fn checkpoint(&self, arenas: &Arenas) -> Result<Checkpoint> {
        let parts = &arenas.parts;
        if parts.len() != self.state_parts() {
            return Err(Error::model(format!("the state has {} parts and {} have come back", self.state_parts(), parts.len())));
        }
        let named = |name: String, shape: &Shape, values: &[f32]| NamedTensor { name, shape: shape.clone(), values: values.to_vec() };
        let mut tensors = Vec::new();
        for placed in &self.parameters {
            let tensor = &placed.tensor;
            tensors.push(named(tensor.name.clone(), &tensor.shape, &parts[0][placed.range()]));
            for (state, part) in self.settings.optimizer.states().iter().zip(&parts[1..]) {
                tensors.push(named(remembered(state, &tensor.name), &tensor.shape, &part[placed.range()]));
            }
        }
        for placed in &self.buffers {
            tensors.push(named(placed.tensor.name.clone(), &placed.tensor.shape, &parts[parts.len() - 1][placed.range()]));
        }
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Checkpoint { step: arenas.step, tensors })
    }

    /// The optimizers' states of which a checkpoint has a tensor of one of the parameters.
    fn remembered_in<'a>(&self, checkpoint: &'a Checkpoint) -> Vec<&'a str> {
        let mut found = Vec::new();
        for tensor in &checkpoint.tensors {
            let Some((state, name)) = tensor.name.strip_prefix(OPTIMIZER).and_then(|rest| rest.split_once('.')) else { continue };
            if !found.contains(&state) && self.parameters.iter().any(|placed| placed.tensor.name == name) {
                found.push(state);
            }
        }
        found
    }

    /// Goes on from a checkpoint: the same steps as from where it was taken, to the bit. Of a file with weights only (PyTorch's, for
    /// one) the weights and running statistics are taken, and the optimizer begins at step 0. The error names what is missing, of
    /// another shape or of another optimizer, and then nothing has changed.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        let states = self.settings.optimizer.states();
        let found = self.remembered_in(checkpoint);
        let whole = !found.is_empty() || states.is_empty();
        if !found.is_empty() && (found.len() != states.len() || !states.iter().all(|state| found.contains(state))) {
            let own = if states.is_empty() { "nothing".into() } else { states.join(", ") };
            return Err(Error::model(format!(
                "the file holds what another optimizer remembers ({}), and this one remembers {own}; choose that optimizer, or take only the weights",
                found.join(", ")
            )));
        }
        let mut arenas = vec![vec![0.0; self.places.parameters.len]; 1 + states.len()];
        for placed in &self.parameters {
            let (name, shape) = (&placed.tensor.name, &placed.tensor.shape);
            arenas[0][placed.range()].copy_from_slice(checkpoint.values(name, shape)?);
            for (state, arena) in states.iter().zip(&mut arenas[1..]).filter(|_| whole) {
                arena[placed.range()].copy_from_slice(checkpoint.values(&remembered(state, name), shape)?);
            }
        }
        let mut running = vec![0.0; self.places.running.len];
        for placed in &self.buffers {
            running[placed.range()].copy_from_slice(checkpoint.values(&placed.tensor.name, &placed.tensor.shape)?);
        }
        self.set_weights(&arenas[0]);
        for (&place, values) in self.places.states.iter().zip(&arenas[1..]) {
            self.machine.write(place, values);
        }
        self.machine.write(self.places.running, &running);
        self.count_from(if whole { checkpoint.step } else { 0 }, 0);
        Ok(())
    }

    /// Says how many steps have been made, and after how many of them the optimizer's averages began: for a run that goes on from
    /// another's weights with an optimizer that remembers nothing. To be called after [`Trainer::restore`].
    pub fn count_from(&mut self, step: u32, began: u32) {
        (self.step, self.began, self.reported) = (step, began.min(step), step);
    }

    /// After how many steps the optimizer's averages began.
    pub fn optimizer_began(&self) -> u32 {
        self.began
    }
}
