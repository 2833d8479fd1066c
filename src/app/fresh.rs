//! While lessons are being written: hears when their files have been read anew.
//!
//! `make serve` keeps a number in `lessons/watch.json` that grows with every change. Where nobody watches the files it is 0, and then it is
//! not asked for again.

use gloo::net::http::Request;
use gloo::timers::future::TimeoutFuture;
use std::cell::Cell;
use std::rc::Rc;
use yew::platform::spawn_local;
use yew::prelude::*;

/// How often the number is looked at, in milliseconds.
const EVERY_MS: u32 = 1000;

/// Whether lessons are being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// It is not known yet.
    Unknown,
    /// The page is only shown.
    No,
    /// They are; counts their changes.
    Yes(u32),
}

impl Writing {
    /// Changes when a lesson does.
    pub(super) fn version(self) -> u32 {
        match self {
            Writing::Yes(version) => version,
            Writing::Unknown | Writing::No => 0,
        }
    }
}

/// Whether lessons are being written, as far as the page knows.
#[hook]
pub(super) fn use_writing() -> Writing {
    let version = use_state_eq(|| if is_local() { Writing::Unknown } else { Writing::No });
    {
        let version = version.clone();
        use_effect_with((), move |()| {
            let alive = Rc::new(Cell::new(is_local()));
            let watching = alive.clone();
            spawn_local(async move {
                let mut seen = 0;
                while watching.get() {
                    match number().await {
                        Some(now) if now > 0 => {
                            seen = now;
                            version.set(Writing::Yes(now));
                        }
                        // A build replaces the folder for some seconds.
                        _ if seen > 0 => {}
                        _ => {
                            version.set(Writing::No);
                            break;
                        }
                    }
                    TimeoutFuture::new(EVERY_MS).await;
                }
            });
            move || alive.set(false)
        });
    }
    *version
}

async fn number() -> Option<u32> {
    let response = Request::get("lessons/watch.json").send().await.ok().filter(|response| response.ok())?;
    response.text().await.ok()?.trim().parse().ok()
}

/// Lessons are written on the machine that shows them.
fn is_local() -> bool {
    let host = gloo::utils::window().location().hostname().unwrap_or_default();
    ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str())
}
