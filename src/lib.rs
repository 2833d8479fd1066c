//! Stride, a notebook that trains convolutional networks where it is read. The crate's map:
//!
//! - [`experiment`]: what a run depends on. [`protocol`]: what page and worker say to each other. [`data`]: images and labels.
//! - [`bench`]: what is measured of a device, and how its operations are counted.
//! - [`worker`]: the run itself, in its own thread, and the page's end of it.
//! - [`export`]: what is taken out of a run. [`plots`]: pure drawing. [`widgets`]: one file each. [`app`]: routes, pages, state.
//!
//! The engine is a crate of its own, `stride_engine`, and so is what a lesson is and how it is read from Markdown, `stride_lesson`.

pub mod app;
pub mod bench;
pub mod data;
pub mod experiment;
pub mod export;
pub mod plots;
pub mod protocol;
pub mod widgets;
pub mod worker;
