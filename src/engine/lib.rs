//! Stride's training engine: computation graphs, autodiff, plans, and the devices that run them.
//!
//! It knows nothing of browsers' pages, files or plots; it runs natively and in WebAssembly. The way through it:
//! a [`nn::Sequential`] is built into a [`graph::Graph`]; [`autodiff::backward`] adds the gradients to the graph; a
//! [`plan::Plan`] gives every value a place in memory; a [`device::Machine`] runs plans. [`trainer::Trainer`] does all of it for
//! a classifier. Without the feature `kernels` nothing can be run: there are models, graphs, their derivatives and expressions.
//!
//! ```
//! use stride_engine::{autodiff, device::Device, graph::{Element, Graph}, ops, plan::{Memory, Plan}, shape::Shape};
//! use stride_engine::device::Work;
//!
//! # fn main() -> stride_engine::error::Result<()> {
//! // y = tanh(x) summed over a vector of three; dy/dx = 1 - tanh(x)^2.
//! let mut graph = Graph::new();
//! let x = graph.input("x", Shape::new(&[3]), Element::F32);
//! let y = ops::tanh(&mut graph, x)?;
//! let upstream = ops::fill(&mut graph, Shape::new(&[3]), 1.0)?;
//! let gradient = autodiff::backward(&mut graph, y, upstream, &[x])?[0];
//!
//! let mut memory = Memory::new();
//! let x_at = memory.add("x", 3, Element::F32);
//! let gradient_at = memory.add("gradient", 3, Element::F32);
//! let plan = Plan::new("demo", &graph, &[(x, x_at)], &[(gradient, gradient_at)])?;
//!
//! let mut machine = pollster::block_on(Device::cpu().load(&memory, vec![plan]))?;
//! machine.write(x_at, &[0.0, 1.0, -2.0]);
//! machine.submit(&[Work::Run(0), Work::Read { ticket: 1, span: gradient_at }])?;
//! let mut got = Vec::new();
//! machine.poll(&mut |_, values| got.extend_from_slice(values))?;
//! assert!((got[1] - (1.0 - 1f32.tanh().powi(2))).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```

// Operations and layers also know what only their kernels ask of them.
#![cfg_attr(not(feature = "kernels"), allow(dead_code))]

pub mod autodiff;
#[cfg(feature = "kernels")]
pub mod checkpoint;
#[cfg(feature = "kernels")]
pub mod device;
pub mod error;
#[cfg(feature = "kernels")]
pub mod evaluate;
pub mod expression;
#[cfg(feature = "kernels")]
mod gemm;
pub mod graph;
#[cfg(feature = "kernels")]
pub mod kernel;
pub mod nn;
pub mod ops;
pub mod optim;
mod packed;
#[cfg(feature = "kernels")]
pub mod plan;
pub mod rng;
pub mod shape;
#[cfg(feature = "kernels")]
pub mod trainer;
