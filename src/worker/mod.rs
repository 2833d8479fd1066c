//! The worker and the page's end of it. In the worker: `agent` (gloo's view), `session` (commands), `run` (training), `measure`
//! (timing), `choice` of a device. On the page: `client` and `record` of a run, `meter` of what is timed. Between them `codec`.

pub mod agent;
mod choice;
pub mod client;
pub mod codec;
mod measure;
pub mod meter;
mod pace;
pub mod record;
pub mod run;
pub mod session;
mod tell;
mod thin;
mod turn;
