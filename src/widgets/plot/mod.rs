//! A plot of curves as a reader uses it: what they are at a step, a part of them from near, other axes, and what is saved of it.
//!
//! Every widget that has curves shows them by this. Knows series and axes; knows nothing of where the numbers come from.

mod picture;
mod tools;

use super::canvas::{Canvas, Draw};
use super::curves::swatch;
use crate::plots::lines::{Axes, Frame, Look, Series, View, draw_view};
use crate::plots::table::{Reading, neighbour, readings, unit};
use gloo::events::{EventListener, EventListenerOptions};
use picture::Picture;
use plotters::prelude::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use std::cell::Cell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use tools::{Tool, Tools};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, WheelEvent};
use yew::prelude::*;

/// A pointer that was dragged less far, in CSS pixels, was only pressed.
const DRAG_PX: f64 = 6.0;

/// An arrow key goes at least so far: a share of the steps in view.
const KEY_STRIDE: f64 = 1.0 / 200.0;

/// How the axes are laid out, where the widget keeps that.
#[derive(Clone, PartialEq)]
pub(super) struct Scale {
    /// Whether the values are, and whether the steps are logarithmic.
    pub log: (bool, bool),
    /// Sets both.
    pub set: Callback<(bool, bool)>,
}

#[derive(Properties)]
pub(super) struct Props {
    /// What is shown, in a word or two.
    pub title: AttrValue,
    /// Changes when the numbers do.
    pub version: u64,
    pub series: Rc<Vec<Series>>,
    pub axes: Axes,
    /// The picture in words.
    pub label: AttrValue,
    pub testid: AttrValue,
    #[prop_or_default]
    pub class: Classes,
    /// Who keeps the kind of axes; the plot itself if nobody does.
    #[prop_or_default]
    pub scale: Option<Scale>,
    /// Keeps the present curves to compare, where that is offered.
    #[prop_or_default]
    pub keep: Option<Callback<()>>,
    /// Whether the values always are laid out as they are.
    #[prop_or_default]
    pub linear: bool,
    /// For a cell of a table: no title, and the tools folded away.
    #[prop_or_default]
    pub small: bool,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        (self.version, &self.title, &self.axes, &self.label, &self.scale, &self.keep)
            == (other.version, &other.title, &other.axes, &other.label, &other.scale, &other.keep)
    }
}

/// What the pointer is doing, in CSS pixels from the left.
#[derive(Clone, Copy, PartialEq)]
enum Drag {
    /// Chooses steps.
    Choose { from: f64, to: f64 },
    /// Moves the steps in view, which at first were these.
    Pan { from: f64, steps: (f64, f64) },
}

#[component]
pub(super) fn Plot(props: &Props) -> Html {
    let Props { title, series, testid, .. } = props;
    let chosen = use_state_eq(|| None::<(f64, f64)>);
    let cursor = use_state_eq(|| None::<f64>);
    let drag = use_state_eq(|| None::<Drag>);
    let own = use_state_eq(|| (props.axes.log, false));
    // Where the last drawing had its steps, and its pixels for every CSS pixel.
    let frame = use_memo((), |()| Rc::new(Cell::new(None::<(Frame, f64)>)));
    let pinned = use_mut_ref(|| false);
    let node = use_node_ref();

    let scale = props.scale.clone().unwrap_or_else(|| {
        let own = own.clone();
        Scale { log: *own, set: Callback::from(move |log| own.set(log)) }
    });
    let last = series.iter().flat_map(|one| one.points.last()).map(|point| point.0).fold(0.0, f64::max);
    let whole = (0.0, last.max(10.0));
    // Of a run that has begun anew nothing may be left in the part that was chosen.
    let steps = chosen.filter(|(from, _)| *from < last);
    let shown = steps.unwrap_or(whole);
    let axes = Axes { log: scale.log.0, ..props.axes.clone() };
    let view = View { steps, log_x: scale.log.1, cursor: cursor.and_then(|at| readings(series, at)).map(|(at, _)| at), legend: false };
    let found = view.cursor.and_then(|at| readings(series, at));

    let set_steps = {
        let chosen = chosen.clone();
        move |(from, to): (f64, f64)| {
            let least = (whole.1 - whole.0) * 1e-4;
            let width = (to - from).max(least);
            let from = from.clamp(whole.0, (whole.1 - width).max(whole.0));
            chosen.set((width < 0.999 * (whole.1 - whole.0)).then_some((from, from + width)));
        }
    };
    // Around a step that stays where it is.
    let zoom = {
        let set_steps = set_steps.clone();
        move |factor: f64, around: f64| set_steps((around - (around - shown.0) * factor, around + (shown.1 - around) * factor))
    };
    let pan = {
        let set_steps = set_steps.clone();
        move |share: f64| {
            let by = share * (shown.1 - shown.0);
            let by = by.clamp(whole.0 - shown.0, whole.1 - shown.1);
            set_steps((shown.0 + by, shown.1 + by));
        }
    };
    let step_at = {
        let frame = frame.clone();
        move |css: f64| frame.get().map(|(frame, ratio)| frame.step(css * ratio))
    };

    {
        // The browser's own listeners of wheels may not keep the page from being scrolled or magnified.
        let (zoom, pan, step_at) = (zoom.clone(), pan.clone(), step_at.clone());
        let is_part = steps.is_some();
        use_effect_with((node.clone(), shown.0.to_bits(), shown.1.to_bits(), is_part), move |(node, ..)| {
            let listener = node.cast::<HtmlElement>().map(|element| {
                EventListener::new_with_options(&element, "wheel", EventListenerOptions::enable_prevent_default(), move |event| {
                    let Some(wheel) = event.dyn_ref::<WheelEvent>() else { return };
                    let sideways = if wheel.shift_key() && wheel.delta_x() == 0.0 { wheel.delta_y() } else { wheel.delta_x() };
                    if wheel.ctrl_key() {
                        wheel.prevent_default();
                        if let Some(around) = step_at(f64::from(wheel.offset_x())) {
                            zoom((wheel.delta_y() * 0.002).clamp(-1.0, 1.0).exp(), around);
                        }
                    } else if is_part && sideways != 0.0 && sideways.abs() > wheel.delta_y().abs() * f64::from(u8::from(!wheel.shift_key()))
                    {
                        wheel.prevent_default();
                        pan(sideways.signum() * 0.1);
                    }
                })
            });
            move || drop(listener)
        });
    }

    let onpointerdown = {
        let (drag, cursor, pinned, step_at) = (drag.clone(), cursor.clone(), pinned.clone(), step_at.clone());
        Callback::from(move |event: PointerEvent| {
            let at = f64::from(event.offset_x());
            if event.pointer_type() == "touch" {
                pinned.replace(true);
                cursor.set(step_at(at));
            } else if event.button() == 0 {
                let steps = steps.filter(|_| event.shift_key());
                drag.set(Some(steps.map_or(Drag::Choose { from: at, to: at }, |steps| Drag::Pan { from: at, steps })));
                if let Some(target) = event.target_dyn_into::<HtmlElement>() {
                    // A pointer that has gone meanwhile is not held.
                    let _ = target.set_pointer_capture(event.pointer_id());
                }
            }
        })
    };
    let onpointermove = {
        let (drag, cursor, step_at, set_steps, frame) = (drag.clone(), cursor.clone(), step_at.clone(), set_steps.clone(), frame.clone());
        Callback::from(move |event: PointerEvent| {
            let at = f64::from(event.offset_x());
            cursor.set(step_at(at));
            match *drag {
                Some(Drag::Choose { from, .. }) => drag.set(Some(Drag::Choose { from, to: at })),
                Some(Drag::Pan { from, steps: (first, end) }) => {
                    let Some((frame, ratio)) = frame.get() else { return };
                    let by = (from - at) * ratio / (frame.pixels.1 - frame.pixels.0) * (end - first);
                    set_steps((first + by, end + by));
                }
                None => {}
            }
        })
    };
    let onpointerup = {
        let (drag, step_at, set_steps) = (drag.clone(), step_at.clone(), set_steps.clone());
        Callback::from(move |_: PointerEvent| {
            if let Some(Drag::Choose { from, to }) = *drag
                && (to - from).abs() >= DRAG_PX
                && let (Some(a), Some(b)) = (step_at(from.min(to)), step_at(from.max(to)))
            {
                set_steps((a, b));
            }
            drag.set(None);
        })
    };
    let leave = {
        let (cursor, drag, pinned) = (cursor.clone(), drag.clone(), pinned.clone());
        move |for_good: bool| {
            if for_good {
                pinned.replace(false);
            }
            if !*pinned.borrow() {
                cursor.set(None);
            }
            drag.set(None);
        }
    };
    let onkeydown = {
        let (series, cursor, chosen, leave) = (series.clone(), cursor.clone(), chosen.clone(), leave.clone());
        let (zoom, pan, at) = (zoom.clone(), pan.clone(), view.cursor);
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            let middle = at.unwrap_or((shown.0 + shown.1) / 2.0);
            let go = |forwards: bool, stride: f64| {
                let inside = |step: f64| step.clamp(shown.0, shown.1);
                let next = match at {
                    Some(at) => neighbour(&series, at, forwards, stride * (shown.1 - shown.0)).unwrap_or(at),
                    None => {
                        if forwards {
                            shown.0
                        } else {
                            shown.1
                        }
                    }
                };
                cursor.set(Some(inside(next)));
            };
            match event.key().as_str() {
                "ArrowLeft" if event.shift_key() => pan(-0.2),
                "ArrowRight" if event.shift_key() => pan(0.2),
                "ArrowLeft" | "ArrowDown" => go(false, KEY_STRIDE),
                "ArrowRight" | "ArrowUp" => go(true, KEY_STRIDE),
                "PageDown" => go(false, 0.1),
                "PageUp" => go(true, 0.1),
                "Home" => cursor.set(Some(shown.0)),
                "End" => cursor.set(Some(shown.1)),
                "+" | "=" => zoom(0.5, middle),
                "-" => zoom(2.0, middle),
                "0" => chosen.set(None),
                "Escape" => {
                    leave(true);
                    if let Some(element) = event.target_dyn_into::<HtmlElement>() {
                        // Focus that cannot be given up stays, and nothing is lost.
                        let _ = element.blur();
                    }
                }
                _ => return,
            }
            event.prevent_default();
            // A page that is walked through by the same keys does not move while they move the read-out.
            event.stop_propagation();
        })
    };

    let press = {
        let (chosen, scale, keep, node) = (chosen.clone(), scale.clone(), props.keep.clone(), node.clone());
        let (title, series, axes, view, zoom) = (title.clone(), series.clone(), axes.clone(), view.clone(), zoom.clone());
        Callback::from(move |tool: Tool| {
            let size = node.cast::<HtmlElement>().map_or((640, 360), |box_| (box_.client_width() as u32, box_.client_height() as u32));
            let size = (size.0.max(480), size.1.max(270));
            let picture = || Picture { title: &title, series: &series, axes: &axes, view: view.clone(), size };
            let middle = (shown.0 + shown.1) / 2.0;
            match tool {
                Tool::In => zoom(0.5, middle),
                Tool::Out => zoom(2.0, middle),
                Tool::Whole => chosen.set(None),
                Tool::LogY => scale.set.emit((!scale.log.0, scale.log.1)),
                Tool::LogX => scale.set.emit((scale.log.0, !scale.log.1)),
                Tool::Keep => keep.iter().for_each(|keep| keep.emit(())),
                Tool::Png => picture().save_png(),
                Tool::Svg => picture().save_svg(),
                Tool::Csv => picture().save_csv(),
            }
        })
    };
    let mut tools: Vec<(Tool, Option<bool>)> = Vec::new();
    tools.extend(props.keep.as_ref().map(|_| (Tool::Keep, None)));
    tools.extend((!props.linear).then_some((Tool::LogY, Some(scale.log.0))));
    tools.push((Tool::LogX, Some(scale.log.1)));
    tools.extend([Tool::In, Tool::Out, Tool::Whole, Tool::Png, Tool::Svg, Tool::Csv].map(|tool| (tool, None)));

    let ondblclick = Callback::from(move |_: MouseEvent| chosen.set(None));
    let onpointerleave = {
        let leave = leave.clone();
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() != "touch" {
                leave(false)
            }
        })
    };
    let onblur = Callback::from(move |_: FocusEvent| leave(true));
    let spoken = found.as_ref().map_or_else(|| "no step chosen".to_string(), |(at, found)| words(*at, found, series, &axes));
    let draw: Draw = {
        let (series, axes, view, frame) = (series.clone(), axes.clone(), view.clone(), frame.clone());
        Rc::new(move |canvas: &web_sys::HtmlCanvasElement, style: &crate::plots::Style| {
            let Some(backend) = CanvasBackend::with_canvas_object(canvas.clone()) else { return };
            let area = backend.into_drawing_area();
            // A canvas that cannot be drawn on stays as it was.
            if let Ok(drawn) = draw_view(&area, &series, &axes, &view, style) {
                let _ = area.present();
                frame.set(Some((drawn, f64::from(canvas.width()) / f64::from(canvas.client_width().max(1)))));
            }
        })
    };
    let value = view.cursor.unwrap_or(shown.1);
    // One node, there or not: a list that grows would let the element before it be made anew, and its focus be lost.
    let selection = match *drag {
        Some(Drag::Choose { from, to }) => {
            html! { <div class="plot-selection" style={format!("left: {}px; width: {}px", from.min(to), (to - from).abs())} /> }
        }
        _ => Html::default(),
    };
    html! {
        <figure class={classes!("plot", props.class.clone(), props.small.then_some("small"))}>
            if !props.small {
                <figcaption>{ title.clone() }<span class="plot-legend">{ legend(series) }</span></figcaption>
            }
            <div class="plot-stage">
                <Canvas version={version(props.version, &axes, &view)} label={props.label.clone()} testid={testid.clone()} {draw} />
                <div ref={node} class="plot-touch" role="slider" tabindex="0" aria-label={format!("Read-out of {title}")}
                    aria-valuemin={shown.0.to_string()} aria-valuemax={shown.1.to_string()} aria-valuenow={value.to_string()}
                    aria-valuetext={spoken} data-testid={format!("{testid}-touch")} data-steps={steps.map(|(a, b)| format!("{a:.1} {b:.1}"))}
                    {onpointerdown} {onpointermove} {onpointerup} {onpointerleave} {ondblclick} {onkeydown} {onblur}>{ selection }</div>
                { found.map(|(at, found)| table(at, &found, series, &axes, at > (shown.0 + shown.1) / 2.0, testid)).unwrap_or_default() }
            </div>
            <Tools title={title.clone()} testid={testid.clone()} {tools} small={props.small} {press} />
        </figure>
    }
}

/// Changes when anything of the picture does.
fn version(numbers: u64, axes: &Axes, view: &View) -> u64 {
    let mut hasher = DefaultHasher::new();
    let bits = |pair: (f64, f64)| (pair.0.to_bits(), pair.1.to_bits());
    (numbers, axes.log, axes.y_range.map(bits), view.log_x, view.steps.map(bits), view.cursor.map(f64::to_bits)).hash(&mut hasher);
    hasher.finish()
}

/// The curves' colours with their names, if there are several; of other runs the widget tells.
fn legend(series: &[Series]) -> Html {
    let named = || series.iter().filter(|one| matches!(one.look, Look::Line | Look::Marked));
    if named().count() > 1 { named().map(|one| swatch(one.color, &one.name)).collect() } else { Html::default() }
}

/// The unit behind a number.
fn with_unit(value: &str, axes: &Axes) -> String {
    let unit = unit(axes.y);
    if unit.is_empty() { value.into() } else { format!("{value} {unit}") }
}

fn elsewhere(at: f64, reading: &Reading) -> Option<String> {
    (reading.step != at).then(|| format!("at {:.0}", reading.step))
}

/// What the curves are at a step, in a sentence.
fn words(at: f64, found: &[Reading], series: &[Series], axes: &Axes) -> String {
    let one = |reading: &Reading| {
        let place = elsewhere(at, reading).map(|place| format!(" {place}")).unwrap_or_default();
        format!("{} {}{place}", series[reading.series].name, with_unit(&reading.value, axes))
    };
    format!("step {at:.0}: {}", found.iter().map(one).collect::<Vec<_>>().join("; "))
}

fn table(at: f64, found: &[Reading], series: &[Series], axes: &Axes, left: bool, testid: &str) -> Html {
    let row = |reading: &Reading| {
        let one = &series[reading.series];
        let color = if matches!(one.look, Look::Ghost(..)) { "--quiet".to_string() } else { format!("--series-{}", one.color + 1) };
        html! {
            <tr>
                <td><span class="swatch" style={format!("--swatch: var({color})")}>{ &one.name }</span></td>
                <td class="number">{ &reading.value }</td>
                <td>{ unit(axes.y) }</td>
                <td>{ elsewhere(at, reading) }</td>
            </tr>
        }
    };
    // The slider's text says the same.
    html! {
        <div class={classes!("plot-values", left.then_some("left"))} aria-hidden="true" data-testid={format!("{testid}-values")}>
            <p>{ format!("step {at:.0}") }</p>
            <table>{ for found.iter().map(row) }</table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_a_sentence_with_units() {
        let one = |name: &str| Series { name: name.into(), color: 0, points: Vec::new(), look: Look::Line };
        let axes = Axes { x: "step", y: "loss (nats)", log: false, y_range: None };
        let reading = |series, step, value: &str| Reading { series, step, value: value.into() };
        let found = [reading(0, 120.0, "0.31"), reading(1, 100.0, "0.28")];
        assert_eq!(words(120.0, &found, &[one("training"), one("test")], &axes), "step 120: training 0.31 nats; test 0.28 nats at 100");
    }
}
