//! A pad to draw a digit on, which the network classifies while the reader draws and while it learns.

use super::pixels::{context, image};
use super::{Widget, WidgetProps, probabilities};
use crate::data::mnist_like::normalise;
use crate::protocol::RunCommand;
use gloo::timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{HtmlCanvasElement, PointerEvent};
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "draw-digit",
    about: "Draw a digit and have it classified",
    check: super::nothing,
    view: |context| html! { <DrawDigit context={context.clone()} /> },
};

/// Pixels of the pad along each side, and of the pen.
const PAD: u32 = 280;
const PEN: f64 = 22.0;

/// The pad is read so often while the pen moves, in milliseconds.
const READ_EVERY_MS: u32 = 100;

/// The pen's state, which no rendering depends on.
#[derive(Default)]
struct Pen {
    last: Cell<Option<(f64, f64)>>,
    reading: RefCell<Option<Timeout>>,
}

#[component]
fn DrawDigit(props: &WidgetProps) -> Html {
    let run = props.context.run.clone();
    let pad = use_node_ref();
    let pen = use_memo((), |()| Pen::default());
    let framed = use_state(|| None::<Rc<[u8; 784]>>);
    let drawings = use_mut_ref(|| 0u64);

    let read = {
        let (run, pad, framed, drawings) = (run.clone(), pad.clone(), framed.clone(), drawings.clone());
        Callback::from(move |()| {
            let Some(digit) = pad.cast().and_then(|canvas| ink(&canvas)).and_then(|ink| normalise(&ink, PAD as usize, PAD as usize)) else {
                return;
            };
            run.send(RunCommand::Classify(digit.to_vec()));
            *drawings.borrow_mut() += 1;
            framed.set(Some(Rc::new(digit)));
        })
    };
    let stroke = {
        let (pen, pad, read) = (pen.clone(), pad.clone(), read.clone());
        move |event: &PointerEvent| {
            let Some(canvas) = pad.cast::<HtmlCanvasElement>() else { return };
            let to = place(&canvas, event);
            line(&canvas, pen.last.get().unwrap_or(to), to);
            pen.last.set(Some(to));
            let mut reading = pen.reading.borrow_mut();
            if reading.is_none() {
                let (pen, read) = (pen.clone(), read.clone());
                *reading = Some(Timeout::new(READ_EVERY_MS, move || {
                    pen.reading.take();
                    read.emit(());
                }));
            }
        }
    };
    let onpointerdown = {
        let (pad, stroke) = (pad.clone(), stroke.clone());
        Callback::from(move |event: PointerEvent| {
            event.prevent_default();
            if let Some(canvas) = pad.cast::<HtmlCanvasElement>() {
                // Without capture a stroke ends at the pad's edge.
                let _ = canvas.set_pointer_capture(event.pointer_id());
            }
            stroke(&event);
        })
    };
    let onpointermove = {
        let pen = pen.clone();
        Callback::from(move |event: PointerEvent| {
            if pen.last.get().is_some() {
                stroke(&event);
            }
        })
    };
    let lift = {
        let pen = pen.clone();
        Callback::from(move |_: PointerEvent| pen.last.set(None))
    };
    let clear = {
        let (run, pad, pen, framed) = (run.clone(), pad.clone(), pen.clone(), framed.clone());
        Callback::from(move |_: MouseEvent| {
            pen.reading.take();
            wipe(pad.cast());
            framed.set(None);
            run.send(RunCommand::ClearDrawing);
        })
    };
    let borrow = {
        let (run, pad, framed, drawings) = (run.clone(), pad.clone(), framed.clone(), drawings.clone());
        Callback::from(move |_: MouseEvent| {
            let Some(pixels) = run.record().seen.as_ref().and_then(|seen| <[u8; 784]>::try_from(seen.pixels.as_slice()).ok()) else {
                return;
            };
            if let Some(canvas) = pad.cast::<HtmlCanvasElement>() {
                wipe(Some(canvas.clone()));
                lay(&canvas, &pixels);
            }
            run.send(RunCommand::Classify(pixels.to_vec()));
            *drawings.borrow_mut() += 1;
            framed.set(Some(Rc::new(pixels)));
        })
    };
    let record = run.record();
    let answer = match (&*framed, &record.drawing) {
        (Some(digit), guess) => html! {
            <>
                <figure class="framed">
                    { image(&digit[..], *drawings.borrow(), "Your digit as the network gets it, 28 x 28".into(), "digit") }
                    <figcaption class="quiet">{ "as the network gets it" }</figcaption>
                </figure>
                <div class="answer" aria-live="polite">
                    if let Some(guess) = guess {
                        { probabilities::view(&guess.probabilities, Some("draw-probabilities")) }
                        <p class="quiet">{ format!("after {} steps", guess.step) }</p>
                    }
                </div>
            </>
        },
        (None, _) => html! { <p class="note">{ "Draw a digit from 0 to 9 in the box." }</p> },
    };
    html! {
        <div class="panel draw">
            <div>
                <canvas ref={pad} class="pad" width={PAD.to_string()} height={PAD.to_string()} data-testid="draw-pad"
                    aria-label="A pad to draw a digit on" {onpointerdown} {onpointermove} onpointerup={lift.clone()} onpointercancel={lift} />
                <div class="controls">
                    <button class="button" onclick={clear}>{ "Clear" }</button>
                    <button class="button" onclick={borrow}>{ "Take the test image above" }</button>
                </div>
            </div>
            { answer }
        </div>
    }
}

/// Where the pointer is, in pixels of the pad.
fn place(canvas: &HtmlCanvasElement, event: &PointerEvent) -> (f64, f64) {
    let scale = f64::from(PAD) / f64::from(canvas.client_width().max(1));
    (f64::from(event.offset_x()) * scale, f64::from(event.offset_y()) * scale)
}

fn line(canvas: &HtmlCanvasElement, from: (f64, f64), to: (f64, f64)) {
    let Some(context) = context(canvas) else { return };
    context.set_stroke_style_str("#000");
    context.set_line_width(PEN);
    context.set_line_cap("round");
    context.begin_path();
    context.move_to(from.0, from.1);
    // A point is drawn too.
    context.line_to(to.0 + 0.01, to.1);
    context.stroke();
}

fn wipe(canvas: Option<HtmlCanvasElement>) {
    if let Some(context) = canvas.as_ref().and_then(context) {
        context.clear_rect(0.0, 0.0, f64::from(PAD), f64::from(PAD));
    }
}

/// Puts an image of 28 x 28 on the pad.
fn lay(canvas: &HtmlCanvasElement, pixels: &[u8; 784]) {
    let Some(context) = context(canvas) else { return };
    let size = f64::from(PAD) / 28.0;
    for (index, &pixel) in pixels.iter().enumerate().filter(|(_, pixel)| **pixel > 0) {
        context.set_fill_style_str(&format!("rgba(0, 0, 0, {:.3})", f64::from(pixel) / 255.0));
        context.fill_rect((index % 28) as f64 * size, (index / 28) as f64 * size, size, size);
    }
}

/// How much ink is on every pixel of the pad: what is drawn is black, what is not is transparent.
fn ink(canvas: &HtmlCanvasElement) -> Option<Vec<u8>> {
    let data = context(canvas)?.get_image_data(0.0, 0.0, f64::from(PAD), f64::from(PAD)).ok()?;
    Some(data.data().chunks_exact(4).map(|pixel| pixel[3]).collect())
}
