//! What is measured of a device: a matrix product, and whole training steps of three networks, with their operations counted.
//!
//! Knows the engine; knows nothing of clocks, pages or workers. `benches/` times the same jobs natively.

#[cfg(feature = "kernels")]
mod job;
mod networks;
#[cfg(feature = "kernels")]
mod set;

#[cfg(feature = "kernels")]
pub use job::Job;
pub use networks::{Network, Training};

use serde::{Deserialize, Serialize};
use stride_engine::error::{Error, Result};

/// Something that is done again and again and timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Workload {
    /// The product of two square matrices of so many rows.
    Product {
        /// Rows and columns.
        size: usize,
    },
    /// A training step: forward, loss, backward, optimizer.
    Step(Training),
}

/// The sizes of matrices whose products make the device's limit: the best of them counts.
pub const SWEEP: [usize; 6] = [256, 384, 512, 768, 1024, 2048];

/// The names of the workloads, as scripts call them.
pub const NAMES: [&str; 4] = ["mlp", "lenet", "resnet", "matmul512"];

impl Workload {
    /// The workload that scripts call so. Besides [`NAMES`], `matmul` goes with every size of [`SWEEP`].
    pub fn named(name: &str) -> Option<Workload> {
        let product = || SWEEP.into_iter().find(|size| name == format!("matmul{size}")).map(|size| Workload::Product { size });
        let network = [Network::Mlp, Network::LeNet, Network::ResNet].into_iter().find(|network| network.key() == name);
        network.map(|network| Workload::Step(Training::standard(network))).or_else(product)
    }

    /// What a reader calls it.
    pub fn title(&self) -> String {
        match self {
            Workload::Product { size } => format!("Matrix product, {size} × {size}"),
            Workload::Step(training) => training.network.title().into(),
        }
    }

    /// Images that one step trains on; a product has none.
    pub fn images(&self) -> usize {
        match self {
            Workload::Product { .. } => 0,
            Workload::Step(training) => training.batch,
        }
    }

    /// Floating-point operations of one step: two for every multiplication with its addition in matrix products and convolutions,
    /// forward and backward. What is added to that (biases, activations, normalisation, pooling, the loss, the optimizer) is not counted.
    pub fn flops(&self) -> Result<u64> {
        match self {
            Workload::Product { size } => Ok(2 * (*size as u64).pow(3)),
            Workload::Step(training) => training.flops(),
        }
    }

    /// Says in one sentence what is out of bounds, if anything is.
    pub fn check(&self) -> Result<()> {
        match self {
            Workload::Product { size } if SWEEP.contains(size) => Ok(()),
            Workload::Product { size } => Err(Error::model(format!("there is no product of size {size}; the sizes are {SWEEP:?}"))),
            Workload::Step(training) => training.check(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_workloads_and_others_mean_none() {
        for name in NAMES {
            assert!(Workload::named(name).is_some_and(|workload| workload.check().is_ok()), "{name}");
        }
        assert_eq!(Workload::named("matmul512"), Some(Workload::Product { size: 512 }));
        for name in ["", "MLP", "matmul", "matmul7", "matmul+512", "vgg"] {
            assert_eq!(Workload::named(name), None, "{name}");
        }
    }

    #[test]
    fn operations_are_counted_layer_by_layer() {
        let flops = |name: &str| Workload::named(name).unwrap().flops().unwrap();
        assert_eq!(flops("matmul512"), 268_435_456);
        // 784 x 256 twice (forward, weights), 256 x 10 three times.
        assert_eq!(flops("mlp"), 2 * 128 * (2 * 784 * 256 + 3 * 2560));
        // C1, C3, C5, F6, OUT; C1 has no gradient of its input.
        let lenet = [6 * 25 * 784, 16 * 150 * 100, 400 * 120, 120 * 84, 840];
        assert_eq!(flops("lenet"), 2 * 64 * (3 * lenet.iter().sum::<u64>() - lenet[0]));
        let resnet = [27 * 16 * 1024, 4 * 144 * 16 * 1024, 144 * 32 * 256, 288 * 32 * 256, 16 * 32 * 256, 320];
        assert_eq!(flops("resnet"), 2 * 16 * (3 * resnet.iter().sum::<u64>() - resnet[0]));
    }
}
