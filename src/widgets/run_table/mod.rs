//! The runs of this page: a row each, to be sorted, laid over each other in the curves, and opened again.

mod rows;
mod store;

use super::kept_runs::{self, use_kept_runs};
use super::{Context, Widget, WidgetProps, save};
use crate::plots::short;
use rows::{Column, Row, Table, Watch, table};
use std::rc::Rc;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "run-table",
    about: "The runs of this page",
    check: super::nothing,
    view: |context| html! { <RunTable context={context.clone()} /> },
};

/// The rows, and what went wrong in keeping them.
#[derive(Clone, Default, PartialEq)]
struct Rows {
    page: String,
    rows: Vec<Row>,
    problem: Option<&'static str>,
}

enum Change {
    Put(Vec<Row>),
    Remove(u64),
    Clear,
}

impl Reducible for Rows {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut rows = self.rows.clone();
        match change {
            Change::Put(new) => {
                for row in new {
                    match rows.iter_mut().find(|known| known.id == row.id) {
                        Some(known) => *known = row,
                        None => rows.push(row),
                    }
                }
                let spare = rows.len().saturating_sub(store::MOST_ROWS);
                rows.drain(..spare);
            }
            Change::Remove(id) => rows.retain(|row| row.id != id),
            Change::Clear => rows.clear(),
        }
        let problem = store::save(&self.page, &rows).err();
        Rc::new(Rows { page: self.page.clone(), rows, problem })
    }
}

#[component]
fn RunTable(props: &WidgetProps) -> Html {
    let context = &props.context;
    let rows = use_reducer(|| {
        let page = save::page();
        Rows { rows: store::load(&page), page, problem: None }
    });
    let watch = use_mut_ref(Watch::default);
    let sort = use_state_eq(|| (Column::Began, true));
    let others = use_kept_runs();
    {
        let (run, experiment, watch, put) = (context.run.clone(), context.experiment.clone(), watch.clone(), rows.dispatcher());
        use_effect_with(context.run.version(), move |_| {
            let new = watch.borrow_mut().look(&run.record(), &experiment, js_sys::Date::now());
            if !new.is_empty() {
                put.dispatch(Change::Put(new));
            }
        });
    }
    {
        // A page that is left takes its run along.
        let put = rows.dispatcher();
        use_effect_with((), move |()| {
            move || {
                if let Some(row) = watch.borrow_mut().end() {
                    put.dispatch(Change::Put(vec![row]));
                }
            }
        });
    }
    if rows.rows.is_empty() {
        return html! {
            <p class="note" data-testid="run-table">{ "No run has ended yet: pause or reset one, and it has a row here, to compare with others and to open again." }</p>
        };
    }
    let shown = table(&rows.rows, sort.0, sort.1);
    let by = {
        let sort = sort.clone();
        Callback::from(move |column: Column| sort.set((column, sort.0 == column && !sort.1)))
    };
    let clear = {
        let (change, keys) = (rows.dispatcher(), rows.rows.iter().map(Row::key).collect::<Vec<String>>());
        Callback::from(move |_: MouseEvent| {
            keys.iter().for_each(|key| kept_runs::forget(key));
            change.dispatch(Change::Clear);
        })
    };
    html! {
        <div class="run-table" data-testid="run-table">
            <div class="table" tabindex="0" role="region" aria-label="The runs of this page">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{ "Compare" }</th>
                            { for shown.columns.iter().map(|&column| heading(column, &shown, *sort, &by)) }
                            <th scope="col"><span class="unseen">{ "Actions" }</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        { for shown.rows.iter().map(|(row, settings)| {
                            let ghost = others.iter().find(|other| other.key == row.key()).map(|other| other.number);
                            line(row, settings, &shown, ghost, context, &rows.dispatcher())
                        }) }
                    </tbody>
                </table>
            </div>
            <div class="controls">
                <button type="button" class="button" data-testid="clear-runs" onclick={clear}>{ "Forget all runs" }</button>
                <span class="quiet" role="status">
                    { rows.problem.unwrap_or("Kept in this browser only. Of settings, those that differ are shown. Tick runs to draw them with the curves.") }
                </span>
            </div>
        </div>
    }
}

fn title(column: Column, shown: &Table) -> String {
    match column {
        Column::Began => "Began".into(),
        Column::Setting(index) => {
            let name = shown.rows.first().and_then(|(_, settings)| settings.get(index)).map_or("", |(name, _)| *name);
            let mut letters = name.chars();
            letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default() + letters.as_str()
        }
        Column::Steps => "Steps".into(),
        Column::Loss => "Train loss (nats)".into(),
        Column::Accuracy => "Test accuracy (%)".into(),
        Column::Duration => "Duration (s)".into(),
    }
}

fn is_number(column: Column) -> bool {
    !matches!(column, Column::Began | Column::Setting(_))
}

fn heading(column: Column, shown: &Table, (by, falling): (Column, bool), sort: &Callback<Column>) -> Html {
    let (order, arrow) = match (by == column, falling) {
        (true, false) => ("ascending", "▲"),
        (true, true) => ("descending", "▼"),
        (false, _) => ("none", ""),
    };
    let sort = sort.clone();
    html! {
        <th scope="col" aria-sort={order} class={classes!(is_number(column).then_some("number"))}>
            <button type="button" onclick={move |_: MouseEvent| sort.emit(column)}>{ title(column, shown) }<span aria-hidden="true">{ arrow }</span></button>
        </th>
    }
}

fn line(
    row: &Row,
    settings: &[(&'static str, String)],
    shown: &Table,
    ghost: Option<u8>,
    context: &Context,
    change: &UseReducerDispatcher<Rows>,
) -> Html {
    let began = began(row.id);
    let cell = |&column: &Column| {
        let text = match column {
            Column::Began => began.clone(),
            Column::Setting(index) => settings.get(index).map_or(String::new(), |(_, says)| says.clone()),
            Column::Steps => row.steps.to_string(),
            Column::Loss => short(row.loss.into()),
            Column::Accuracy => row.accuracy.map_or("–".into(), |share| format!("{:.2}", 100.0 * share)),
            Column::Duration => format!("{:.1}", row.ms / 1000.0),
        };
        if column == Column::Began {
            html! { <th scope="row">{ text }</th> }
        } else {
            html! { <td class={classes!(is_number(column).then_some("number"))}>{ text }</td> }
        }
    };
    let tick = {
        let row = row.clone();
        Callback::from(move |_: MouseEvent| match (ghost, row.experiment()) {
            (None, Some(experiment)) => kept_runs::keep(&row.key(), &experiment, row.curves.clone()),
            _ => kept_runs::forget(&row.key()),
        })
    };
    let open = {
        let (edit, row) = (context.edit.clone(), row.clone());
        Callback::from(move |_: MouseEvent| row.experiment().into_iter().for_each(|experiment| edit.0.emit(experiment)))
    };
    let remove = {
        let (change, id, key) = (change.clone(), row.id, row.key());
        Callback::from(move |_: MouseEvent| {
            kept_runs::forget(&key);
            change.dispatch(Change::Remove(id));
        })
    };
    // What a lecturer's link holds fast is not to be loosened by an earlier run.
    let held = !(context.locked.is_empty() && context.hidden.is_empty());
    let of = |what: &str| format!("{what} the run of {began}");
    html! {
        <tr key={row.id.to_string()} data-testid="run-row">
            <td>
                <label class="tick">
                    <input type="checkbox" checked={ghost.is_some()} onclick={tick} aria-label={of("Draw")} />
                    { for ghost.map(|number| html! { <><span class={format!("ghost ghost-{}", number % 4)}></span>{ format!("run {}", number + 1) }</> }) }
                </label>
            </td>
            { for shown.columns.iter().map(cell) }
            <td class="actions">
                <button type="button" class="plain" onclick={open} disabled={held} aria-label={of("Open")}>{ "open" }</button>
                <button type="button" class="plain" onclick={remove} aria-label={of("Remove")}>{ "remove" }</button>
            </td>
        </tr>
    }
}

/// When a run began, as the reader's clock has it.
fn began(id: u64) -> String {
    let date = js_sys::Date::new(&(id as f64).into());
    let two = |number: u32| format!("{number:02}");
    let day = format!("{}-{}-{}", date.get_full_year(), two(date.get_month() + 1), two(date.get_date()));
    format!("{day} {}:{}:{}", two(date.get_hours()), two(date.get_minutes()), two(date.get_seconds()))
}
