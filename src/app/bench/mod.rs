//! The page that measures: what this device does, and how near each workload comes to the device's own limit.
//!
//! Knows the meter and the figures; scripts are served by `script`.

mod figures;
mod script;
mod table;

use crate::bench::Workload;
use crate::protocol::DeviceReport;
use crate::worker::meter::{Meter, News};
use figures::{Figure, Figures, agenda};
use script::Offer;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::functional::UseForceUpdateHandle;
use yew::prelude::*;

/// So long each product and each network is timed, in milliseconds, after its warm-up.
const PRODUCT_MS: f64 = 600.0;
const STEPS_MS: f64 = 2000.0;

/// What is known and what goes on.
#[derive(Default)]
struct Board {
    device: Option<DeviceReport>,
    stage: Stage,
    /// Timed steps of the present measurement.
    steps: u32,
    figures: Figures,
    date: String,
    problem: Option<String>,
    copied: Option<bool>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Stage {
    #[default]
    Idle,
    /// The one of the agenda that is being measured.
    Measuring(usize),
    /// Stop was pressed, and the worker has not said yet that it stopped.
    Stopping,
    Stopped,
    Done,
}

/// The board with the way to show it.
#[derive(Clone)]
struct Shown {
    board: Rc<RefCell<Board>>,
    update: UseForceUpdateHandle,
}

impl Shown {
    fn change(&self, change: impl FnOnce(&mut Board)) {
        change(&mut self.board.borrow_mut());
        self.update.force_update();
    }

    fn hear(&self, news: News) {
        self.change(|board| match news {
            News::Device(report) => {
                script::announce(&report.name);
                board.device = Some(report);
            }
            News::Progress(progress) => board.steps = progress.steps,
            News::Broke(reason) => board.problem = Some(reason),
        });
    }

    /// Measures everything, until all is done or something ends it.
    async fn measure(self, meter: Meter) {
        self.change(|board| {
            *board = Board { device: board.device.take(), date: now(), stage: Stage::Measuring(0), ..Board::default() };
        });
        for (index, workload) in agenda().into_iter().enumerate() {
            if self.board.borrow().figures.leaves_out(&workload) {
                continue;
            }
            self.change(|board| (board.stage, board.steps) = (Stage::Measuring(index), 0));
            let budget = if matches!(workload, Workload::Product { .. }) { PRODUCT_MS } else { STEPS_MS };
            match meter.measure(workload, u32::MAX, Some(budget)).await {
                Ok(speed) => {
                    self.change(|board| board.figures.push(Figure { workload, speed }));
                    // Stop may have been pressed while the answer was on its way.
                    if self.board.borrow().stage == Stage::Stopping {
                        self.change(|board| board.stage = Stage::Stopped);
                        return;
                    }
                }
                Err(reason) => {
                    self.change(|board| {
                        // What was stopped on purpose is no problem.
                        board.problem = (board.stage != Stage::Stopping).then_some(reason);
                        board.stage = Stage::Stopped;
                    });
                    return;
                }
            }
        }
        self.change(|board| board.stage = Stage::Done);
    }

    async fn copy(self) {
        let text = self.text();
        let navigator = gloo::utils::window().navigator();
        let can = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
        let copied = can && JsFuture::from(navigator.clipboard().write_text(&text)).await.is_ok();
        self.change(|board| board.copied = Some(copied));
    }

    fn text(&self) -> String {
        let board = self.board.borrow();
        let device = board.device.as_ref().map(|device| device.name.clone()).unwrap_or_default();
        let browser = gloo::utils::window().navigator().user_agent().unwrap_or_default();
        board.figures.text(&device, &browser, &board.date)
    }
}

/// The present date and time, to the minute.
fn now() -> String {
    let now = String::from(js_sys::Date::new_0().to_iso_string());
    format!("{} UTC", now.chars().take(16).collect::<String>().replace('T', " "))
}

#[component]
pub(super) fn Bench() -> Html {
    let shown = Shown { board: use_mut_ref(Board::default), update: use_force_update() };
    let meter = {
        let shown = shown.clone();
        use_memo((), move |()| Meter::open(Callback::from(move |news| shown.hear(news))))
    };
    {
        let meter = (*meter).clone();
        use_effect_with((), move |()| {
            gloo::utils::document().set_title("What your device does · Stride");
            let offer = Offer::new(meter.clone());
            move || {
                drop(offer);
                meter.close();
            }
        });
    }
    let board = shown.board.borrow();
    let measuring = matches!(board.stage, Stage::Measuring(_));
    let start = {
        let (shown, meter) = (shown.clone(), meter.clone());
        Callback::from(move |_: MouseEvent| spawn_local(shown.clone().measure((*meter).clone())))
    };
    let stop = {
        let (shown, meter) = (shown.clone(), meter.clone());
        Callback::from(move |_: MouseEvent| {
            shown.change(|board| board.stage = Stage::Stopping);
            meter.stop();
        })
    };
    let copy = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| spawn_local(shown.clone().copy()))
    };
    let ready = board.device.is_some() && !measuring && board.stage != Stage::Stopping;
    html! {
        <article class="lesson bench">
            // Of this page alone; no other one waits for it.
            <link rel="stylesheet" href="bench.css" />
            <div class="prose">
                <h1>{ "What your device does" }</h1>
                <p class="lead">{ "How fast it multiplies matrices and trains three networks, with the code that runs the lessons." }</p>
            </div>
            <section class="widget" aria-label="Measurements">
                <div class="panel">
                    <div class="controls">
                        <button class="button primary" data-testid="measure" disabled={!ready} onclick={start}>{ "Measure" }</button>
                        <button class="button" data-testid="stop-measuring" disabled={!measuring} onclick={stop}>{ "Stop" }</button>
                        <button class="button" data-testid="copy-text" disabled={measuring || board.figures.is_empty()} onclick={copy}>{ "Copy as text" }</button>
                        <span class="state" data-testid="bench-state" role="status" aria-live="polite">{ words(&board) }</span>
                    </div>
                    { progress(&board) }
                    { for board.problem.iter().map(|reason| html! { <p class="error" role="alert" data-testid="error">{ reason }</p> }) }
                    { table::table(&board.figures, board.stage) }
                    { device(board.device.as_ref()) }
                    if board.copied == Some(false) {
                        <p class="quiet">{ "The browser does not let this page write to the clipboard; here is the text." }</p>
                        <pre data-testid="bench-text">{ shown.text() }</pre>
                    }
                </div>
            </section>
            { explanation() }
        </article>
    }
}

/// What goes on, for eyes and for screen readers: it changes with what is measured, not with every step.
fn words(board: &Board) -> String {
    match (board.stage, board.copied) {
        (Stage::Measuring(index), _) => agenda().get(index).map(|workload| format!("measuring: {}", workload.title())).unwrap_or_default(),
        (Stage::Stopping, _) => "stopping …".into(),
        (_, Some(true)) => "copied".into(),
        (_, Some(false)) => "not copied".into(),
        (Stage::Stopped, None) => "stopped".into(),
        (Stage::Done, None) => "done".into(),
        (Stage::Idle, None) if board.device.is_some() => "ready".into(),
        (Stage::Idle, None) => "looking for a device …".into(),
    }
}

fn progress(board: &Board) -> Html {
    let total = agenda().len();
    let (value, note) = match board.stage {
        Stage::Measuring(index) if board.steps == 0 => (index, "warming up".to_string()),
        Stage::Measuring(index) => (index, format!("{} steps", board.steps)),
        Stage::Idle | Stage::Stopping | Stage::Stopped | Stage::Done => return Html::default(),
    };
    html! {
        <div class="bench-progress">
            <progress class="progress" max={total.to_string()} value={value.to_string()} aria-label="How far the measurements are"></progress>
            <span class="quiet">{ note }</span>
        </div>
    }
}

fn device(report: Option<&DeviceReport>) -> Html {
    let (name, why) = report.map(|report| (report.name.clone(), report.why.clone())).unwrap_or_default();
    html! {
        <p class="bench-device">
            <strong data-testid="device-name">{ name }</strong>
            <span class="quiet">{ why }</span>
            <span class="quiet">
                { "Measure on " }<a href="?device=webgpu#/bench">{ "WebGPU" }</a>{ " or on " }<a href="?device=cpu#/bench">{ "the CPU" }</a>{ "." }
            </span>
        </p>
    }
}

fn explanation() -> Html {
    html! {
        <div class="prose">
            <h2>{ "What is measured" }</h2>
            <p>
                { "A step is one whole training step in 32-bit floats on images made up for the purpose: forward pass, loss, gradients, \
                   optimizer. It is repeated for two seconds after a warm-up, at least twice, and timed from the first submission until the last \
                   loss has been read back, with several steps on their way at once, as in the lessons. " }
                { "GFLOP/s are 10⁹ operations a second: two for each multiplication with its addition in matrix products and convolutions, \
                   forward and backward, and none for anything else; the limit is the most that this engine reached on this device, just \
                   before, in a product of two square matrices." }
            </p>
            <p class="quiet">{ "Nothing is sent anywhere. Other programs that run meanwhile make the figures worse." }</p>
        </div>
    }
}
