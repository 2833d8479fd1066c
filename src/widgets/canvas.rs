//! A canvas that is drawn again when its numbers, its size or the theme change: one at a time, between frames, and only where it is seen.
//!
//! Knows the DOM and the theme; knows nothing of what is drawn.

use crate::plots::Style;
use gloo::events::EventListener;
use gloo::render::{AnimationFrame, request_animation_frame};
use plotters::style::RGBColor;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, IntersectionObserver, IntersectionObserverEntry, MutationObserver, MutationObserverInit, ResizeObserver};
use yew::prelude::*;

/// Draws on a canvas whose size is set.
pub(super) type Draw = Rc<dyn Fn(&HtmlCanvasElement, &Style)>;

/// Drawing takes so much of a frame, in milliseconds; one drawing may go beyond.
const BUDGET_MS: f64 = 6.0;

#[derive(Properties)]
pub(super) struct Props {
    /// Changes when there is something new to draw.
    pub version: u64,
    /// Draws it.
    pub draw: Draw,
    /// What the picture shows, in words.
    pub label: AttrValue,
    #[prop_or_default]
    pub class: Classes,
    #[prop_or_default]
    pub testid: Option<AttrValue>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.label == other.label && self.class == other.class
    }
}

/// A canvas as large as its CSS box.
#[component]
pub(super) fn Canvas(props: &Props) -> Html {
    let node = use_node_ref();
    let job = use_memo((), |()| Job::default());
    job.draw.replace(Some(props.draw.clone()));
    {
        let (node, job) = (node.clone(), job.clone());
        use_effect_with((), move |()| {
            let watch = node.cast::<HtmlCanvasElement>().and_then(|canvas| Watch::new(&canvas, &job));
            if let Some(canvas) = node.cast() {
                job.canvas.replace(Some(canvas));
            }
            Job::request(&job);
            move || drop(watch)
        });
    }
    use_effect_with(props.version, move |_| Job::request(&job));
    html! {
        <canvas ref={node} class={props.class.clone()} role="img" aria-label={props.label.clone()} data-testid={props.testid.clone()} />
    }
}

/// One canvas's drawing.
struct Job {
    canvas: RefCell<Option<HtmlCanvasElement>>,
    draw: RefCell<Option<Draw>>,
    queued: Cell<bool>,
    seen: Cell<bool>,
    /// Something is new that has not been drawn because nobody could see it.
    stale: Cell<bool>,
}

impl Default for Job {
    fn default() -> Self {
        Job {
            canvas: RefCell::default(),
            draw: RefCell::default(),
            queued: Cell::new(false),
            seen: Cell::new(true),
            stale: Cell::new(false),
        }
    }
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Weak<Job>>,
    frame: Option<AnimationFrame>,
}

thread_local! {
    static QUEUE: RefCell<Queue> = RefCell::default();
}

impl Job {
    fn request(job: &Rc<Job>) {
        if !job.seen.get() {
            job.stale.set(true);
            return;
        }
        if job.queued.replace(true) {
            return;
        }
        QUEUE.with_borrow_mut(|queue| {
            queue.jobs.push_back(Rc::downgrade(job));
            if queue.frame.is_none() {
                queue.frame = Some(request_animation_frame(work));
            }
        });
    }

    fn run(&self, style: &Style, pixel_ratio: f64) {
        self.queued.set(false);
        let (canvas, draw) = (self.canvas.borrow(), self.draw.borrow());
        if let (Some(canvas), Some(draw)) = (&*canvas, &*draw) {
            let (width, height) = (f64::from(canvas.client_width()) * pixel_ratio, f64::from(canvas.client_height()) * pixel_ratio);
            let (width, height) = (width.round() as u32, height.round() as u32);
            if width == 0 || height == 0 {
                return;
            }
            if (canvas.width(), canvas.height()) != (width, height) {
                canvas.set_width(width);
                canvas.set_height(height);
            }
            draw(canvas, style);
        }
    }
}

/// Draws what waits, as far as the frame's budget goes; the rest waits for the next frame.
fn work(began_ms: f64) {
    let pixel_ratio = gloo::utils::window().device_pixel_ratio();
    let style = theme(pixel_ratio);
    let now = || gloo::utils::window().performance().map_or(began_ms, |clock| clock.now());
    let start = now();
    QUEUE.with_borrow_mut(|queue| queue.frame = None);
    while let Some(job) = QUEUE.with_borrow_mut(|queue| queue.jobs.pop_front()) {
        if let Some(job) = job.upgrade() {
            job.run(&style, pixel_ratio);
        }
        if now() - start > BUDGET_MS {
            break;
        }
    }
    QUEUE.with_borrow_mut(|queue| {
        if !queue.jobs.is_empty() && queue.frame.is_none() {
            queue.frame = Some(request_animation_frame(work));
        }
    });
}

/// The theme's colours and the size of its type, from the page's styles.
pub(super) fn theme(pixel_ratio: f64) -> Style {
    let mut style = Style { scale: pixel_ratio, ..Style::default() };
    let Ok(Some(computed)) = gloo::utils::window().get_computed_style(&gloo::utils::document_element()) else { return style };
    let read = |name: &str| computed.get_property_value(name).ok().and_then(|text| parse_color(text.trim()));
    let type_size = computed.get_property_value("font-size").ok().and_then(|size| size.trim_end_matches("px").parse::<f64>().ok());
    // Plots grow with the type: on a projector both are larger.
    style.scale *= type_size.map_or(1.0, |size| size / 17.0);
    let set = |name: &str, color: &mut RGBColor| *color = read(name).unwrap_or(*color);
    set("--ink", &mut style.ink);
    set("--quiet", &mut style.quiet);
    set("--grid", &mut style.grid);
    set("--paper", &mut style.paper);
    for (index, color) in style.series.iter_mut().enumerate() {
        set(&format!("--series-{}", index + 1), color);
    }
    style
}

/// `#rrggbb`.
pub(super) fn parse_color(text: &str) -> Option<RGBColor> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
    Some(RGBColor(part(0)?, part(2)?, part(4)?))
}

/// What tells a job to draw again; dropped with the component.
struct Watch {
    resize: ResizeObserver,
    sight: IntersectionObserver,
    theme: MutationObserver,
    _system: Option<EventListener>,
    _print: EventListener,
    _again: Closure<dyn Fn()>,
    _sighted: Closure<dyn Fn(js_sys::Array)>,
}

impl Watch {
    fn new(canvas: &HtmlCanvasElement, job: &Rc<Job>) -> Option<Self> {
        let weak = Rc::downgrade(job);
        let again = Closure::<dyn Fn()>::new(move || {
            if let Some(job) = weak.upgrade() {
                Job::request(&job);
            }
        });
        let weak = Rc::downgrade(job);
        let sighted = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let Some(job) = weak.upgrade() else { return };
            let last: IntersectionObserverEntry = entries.get(entries.length().saturating_sub(1)).unchecked_into();
            job.seen.set(last.is_intersecting());
            if job.seen.get() && job.stale.take() {
                Job::request(&job);
            }
        });
        let resize = ResizeObserver::new(again.as_ref().unchecked_ref()).ok()?;
        resize.observe(canvas);
        let sight = IntersectionObserver::new(sighted.as_ref().unchecked_ref()).ok()?;
        sight.observe(canvas);
        let theme = MutationObserver::new(again.as_ref().unchecked_ref()).ok()?;
        let options = MutationObserverInit::new();
        options.set_attributes(true);
        theme.observe_with_options(&gloo::utils::document_element(), &options).ok()?;
        let weak = Rc::downgrade(job);
        let system = gloo::utils::window().match_media("(prefers-color-scheme: dark)").ok().flatten().map(|query| {
            EventListener::new(&query, "change", move |_| {
                if let Some(job) = weak.upgrade() {
                    Job::request(&job);
                }
            })
        });
        let weak = Rc::downgrade(job);
        // On paper everything is seen, and there is no frame to wait for.
        let print = EventListener::new(&gloo::utils::window(), "beforeprint", move |_| {
            if let Some(job) = weak.upgrade().filter(|job| job.stale.take() || job.queued.get()) {
                let pixel_ratio = gloo::utils::window().device_pixel_ratio();
                job.run(&self::theme(pixel_ratio), pixel_ratio);
            }
        });
        Some(Watch { resize, sight, theme, _system: system, _print: print, _again: again, _sighted: sighted })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.resize.disconnect();
        self.sight.disconnect();
        self.theme.disconnect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_from_hexadecimal() {
        assert_eq!(parse_color("#0a10ff"), Some(RGBColor(10, 16, 255)));
        assert_eq!(parse_color("red"), None);
        assert_eq!(parse_color("#12345é"), None);
    }
}
