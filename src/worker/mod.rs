//! The worker and the page's end of it: `agent` and `session` live in the worker, `client` and `record` on the page, and `codec` is how
//! the two talk.

pub mod agent;
pub mod client;
pub mod codec;
pub mod record;
pub mod session;
mod thin;
