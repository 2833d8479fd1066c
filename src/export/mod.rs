//! What can be taken out of a run: the same experiment for PyTorch, and what was measured, as text.
//!
//! Pure functions from plain data to text; knows nothing of pages, of files or of how a run is led.

pub mod pytorch;
pub mod settings;
pub mod telemetry;
