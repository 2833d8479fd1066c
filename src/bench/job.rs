//! A workload on a device: steps that are submitted without waiting, and come back some time later.
//!
//! Knows the trainer and machines; knows nothing of clocks, nor of how many steps are good to have on their way.

use super::set::{self, MEAN, STD};
use super::{Training, Workload};
use stride_engine::device::{Device, Machine, Work};
use stride_engine::error::Result;
use stride_engine::graph::{Element, Graph};
use stride_engine::ops::{self, Augmentation};
use stride_engine::plan::{Memory, Plan, Span};
use stride_engine::rng::Rng;
use stride_engine::shape::Shape;
use stride_engine::trainer::{Pixels, Report, Settings, Split, Trainer};

/// Seed of weights, images and matrices.
const SEED: u32 = 5;

/// Different batches that are trained on, one after the other, over and over.
const BATCHES: usize = 4;

/// The trainer wants room for a batch of test images; none is tested.
const TEST_BATCH: usize = 64;

/// A workload, ready on a device. What it takes there is given back when it is dropped.
pub struct Job {
    kind: Kind,
    /// What the last step that came back brought.
    loss: Option<f32>,
}

enum Kind {
    Steps { trainer: Box<Trainer>, batch: usize, rate: f32 },
    Product(Product),
}

/// C = A B on a machine.
struct Product {
    machine: Box<dyn Machine>,
    /// The first row of C.
    row: Span,
    unreported: u64,
    bytes: u64,
}

impl Job {
    /// Makes the device ready; the error is one sentence.
    pub async fn new(device: &Device, workload: Workload) -> Result<Job> {
        workload.check()?;
        let kind = match workload {
            Workload::Step(training) => steps(device, training).await?,
            Workload::Product { size } => Kind::Product(product(device, size).await?),
        };
        Ok(Job { kind, loss: None })
    }

    /// Submits a step. Its loss comes back at [`Job::poll`] some time after the next step that is to `report`.
    pub fn step(&mut self, report: bool) -> Result<()> {
        match &mut self.kind {
            Kind::Steps { trainer, batch, rate } => {
                let first = trainer.step() as usize % BATCHES * *batch;
                trainer.train(first, *rate, false, report)
            }
            Kind::Product(product) => {
                product.unreported += 1;
                product.machine.submit(&[Work::Run(0)])?;
                if report { product.flush() } else { Ok(()) }
            }
        }
    }

    /// Asks for what has not been reported.
    pub fn flush(&mut self) -> Result<()> {
        match &mut self.kind {
            Kind::Steps { trainer, .. } => trainer.flush(),
            Kind::Product(product) => product.flush(),
        }
    }

    /// Takes what has come back; how many steps that is. Never waits.
    pub fn poll(&mut self) -> Result<usize> {
        let (mut finished, loss) = (0, &mut self.loss);
        match &mut self.kind {
            Kind::Steps { trainer, .. } => trainer.poll(&mut |report| {
                if let Report::Steps { values, .. } = report {
                    finished += values.len() / 2;
                    *loss = values.chunks_exact(2).last().map(|pair| pair[0]).or(*loss);
                }
            })?,
            Kind::Product(product) => product.machine.poll(&mut |steps, row| {
                finished += steps as usize;
                *loss = Some((row.iter().map(|&value| f64::from(value)).sum::<f64>() / row.len() as f64) as f32);
            })?,
        }
        Ok(finished)
    }

    /// Back to the initial weights, and asks the device for a sign that it is done with that: there is one pending until it is.
    pub fn reset(&mut self) -> Result<()> {
        self.loss = None;
        match &mut self.kind {
            Kind::Steps { trainer, .. } => {
                trainer.reset();
                trainer.read_weights()
            }
            Kind::Product(_) => Ok(()),
        }
    }

    /// How many reports are on their way.
    pub fn pending(&self) -> usize {
        match &self.kind {
            Kind::Steps { trainer, .. } => trainer.pending(),
            Kind::Product(product) => product.machine.pending(),
        }
    }

    /// The loss of the last step that came back; of a product, the mean of its first row.
    pub fn loss(&self) -> Option<f32> {
        self.loss
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> u64 {
        match &self.kind {
            Kind::Steps { trainer, .. } => trainer.bytes(),
            Kind::Product(product) => product.bytes,
        }
    }
}

impl Product {
    fn flush(&mut self) -> Result<()> {
        if self.unreported == 0 {
            return Ok(());
        }
        let ticket = std::mem::take(&mut self.unreported);
        self.machine.submit(&[Work::Read { ticket, span: self.row }])
    }
}

async fn steps(device: &Device, training: Training) -> Result<Kind> {
    let (optimizer, rate) = training.optimizer();
    let (model, batch) = (training.model(), training.batch);
    let size = model.input.iter().product();
    let settings = Settings {
        model,
        optimizer,
        groups: Vec::new(),
        augmentation: Augmentation::default(),
        label_smoothing: 0.0,
        batch,
        seed: SEED,
        train_images: BATCHES * batch,
        test_images: TEST_BATCH,
        test_batch: TEST_BATCH,
        pixels: Pixels::Bytes { mean: MEAN, std: STD },
    };
    let mut trainer = Trainer::new(device, settings).await?;
    let (pixels, labels) = set::images(SEED.into(), BATCHES * batch, size);
    trainer.store(Split::Train, 0, &pixels, &labels)?;
    trainer.set_order(&(0..(BATCHES * batch) as u32).collect::<Vec<u32>>())?;
    Ok(Kind::Steps { trainer: Box::new(trainer), batch, rate })
}

async fn product(device: &Device, size: usize) -> Result<Product> {
    let (mut graph, mut memory, shape) = (Graph::new(), Memory::new(), Shape::new(&[size, size]));
    let factors = ["a", "b"].map(|name| graph.input(name, shape.clone(), Element::F32));
    let c = ops::matmul(&mut graph, factors[0], factors[1], false, false)?;
    let [a_at, b_at, c_at] = ["a", "b", "c"].map(|name| memory.add(name, shape.numel(), Element::F32));
    let plan = Plan::new("product", &graph, &[(factors[0], a_at), (factors[1], b_at)], &[(c, c_at)])?;
    let plans = vec![plan];
    let bytes = memory.bytes(&plans);
    let mut machine = device.load(&memory, plans).await?;
    for (stream, place) in (0..).zip([a_at, b_at]) {
        machine.write(place, &matrix(stream, size));
    }
    Ok(Product { machine, row: c_at.part(0, size), unreported: 0, bytes })
}

/// Numbers uniform in [0, 1).
fn matrix(stream: u64, size: usize) -> Vec<f32> {
    let mut rng = Rng::new(SEED.into(), stream);
    (0..size * size).map(|_| rng.uniform()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::NAMES;
    use super::*;

    /// What `steps` steps end with on the CPU.
    fn loss(job: &mut Job, steps: usize) -> f32 {
        let mut finished = 0;
        for step in 1..=steps {
            job.step(step == steps).unwrap();
            finished += job.poll().unwrap();
        }
        assert_eq!((finished, job.pending()), (steps, 0));
        job.loss().unwrap()
    }

    fn job(name: &str) -> Job {
        pollster::block_on(Job::new(&Device::cpu(), Workload::named(name).unwrap())).unwrap()
    }

    #[test]
    fn losses_fall_and_a_reset_begins_anew() {
        for name in NAMES.into_iter().filter(|name| !name.starts_with("matmul")) {
            let mut job = job(name);
            let first = loss(&mut job, 1);
            // Of the first step's images.
            let last = loss(&mut job, 6 * BATCHES);
            assert!(first.is_finite() && last < 0.9 * first, "{name}: {first}, then {last}");
            job.reset().unwrap();
            assert_eq!(job.poll().unwrap(), 0);
            assert_eq!(loss(&mut job, 1), first, "{name}");
            assert!(job.bytes() > 0);
        }
    }

    #[test]
    fn a_product_is_the_product() {
        let (a, b, size) = (matrix(0, 256), matrix(1, 256), 256);
        let column_sums = |k: usize| b[k * size..][..size].iter().map(|&value| f64::from(value)).sum::<f64>();
        let expected = (0..size).map(|k| f64::from(a[k]) * column_sums(k)).sum::<f64>() / size as f64;
        let got = f64::from(loss(&mut job("matmul256"), 3));
        assert!((got - expected).abs() < 1e-4 * expected, "{got} {expected}");
    }

    #[test]
    fn sizes_out_of_bounds_are_refused() {
        let mut training = Training::standard(super::super::Network::LeNet);
        training.width = 3;
        for workload in [Workload::Step(training), Workload::Product { size: 7 }] {
            assert!(pollster::block_on(Job::new(&Device::cpu(), workload)).is_err());
        }
    }
}
