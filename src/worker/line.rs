//! The worker as the page knows it: what goes down the line and what comes back. At the other end, in a binary of its own, is `agent`.
//!
//! Knows gloo's traits and the protocol's types; knows nothing of what is said, and brings nothing of what trains into the page.

use crate::protocol::{Command, Telemetry};
use gloo_worker::{HandlerId, Worker, WorkerScope};

/// One page, one worker.
pub struct Line;

// gloo reads the types from here; what follows is called in a worker, and this one is never registered as one.
impl Worker for Line {
    type Message = ();
    type Input = Command;
    type Output = Telemetry;

    fn create(_: &WorkerScope<Self>) -> Self {
        Line
    }

    fn update(&mut self, _: &WorkerScope<Self>, (): ()) {}

    fn received(&mut self, _: &WorkerScope<Self>, _: Command, _: HandlerId) {}
}
