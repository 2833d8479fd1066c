//! The worker and the page's end of it. In the worker: `agent` (gloo's view), `session` (device and loop), `stock` (data), `runs` (which
//! take turns by `fair`), `run` (training), `measure` (timing), `choice` of a device. On the page: `client` and `record` of a run, `meter`
//! of what is timed. Between them `codec` and `line`. Without the feature `kernels` there is the page's end only.

#[cfg(feature = "kernels")]
pub mod agent;
#[cfg(feature = "kernels")]
mod choice;
pub mod client;
pub mod codec;
#[cfg(feature = "kernels")]
mod ending;
#[cfg(feature = "kernels")]
pub mod fair;
mod line;
#[cfg(feature = "kernels")]
mod measure;
pub mod meter;
#[cfg(feature = "kernels")]
mod pace;
#[cfg(feature = "kernels")]
mod past;
pub mod record;
#[cfg(feature = "kernels")]
pub mod run;
#[cfg(feature = "kernels")]
pub mod runs;
#[cfg(feature = "kernels")]
pub mod session;
#[cfg(feature = "kernels")]
mod stock;
#[cfg(feature = "kernels")]
mod tell;
mod thin;
#[cfg(feature = "kernels")]
mod turn;
