//! The worker and the page's end of it: `session` lives in the worker, `client` and `record` on the page.

pub mod client;
pub mod record;
pub mod session;
