//! Which page the address names: what stands behind `#/`. Options stand in the query before it, so that the page works in any folder.

use gloo::events::EventListener;
use yew::prelude::*;

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Route {
    /// `#/`.
    Contents,
    /// `#/bench`.
    Bench,
    /// `#/notes/NAME`: the lecturer's second window.
    Notes(AttrValue),
    /// `#/NAME`, `#/NAME/HEADING`, either with `?STATE`.
    Lesson(Place),
}

/// A place in a lesson.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Place {
    /// The lesson's name.
    pub name: AttrValue,
    /// A heading's name; empty for the top.
    pub heading: AttrValue,
    /// The page's state, as a permalink has it; empty for the lesson's own.
    pub letters: AttrValue,
}

impl Route {
    fn parse(hash: &str) -> Route {
        let hash = hash.trim_start_matches('#').trim_start_matches('/');
        let (path, letters) = hash.split_once('?').unwrap_or((hash, ""));
        let (name, heading) = path.trim_end_matches('/').split_once('/').unwrap_or((path.trim_end_matches('/'), ""));
        match name {
            "" => Route::Contents,
            "bench" => Route::Bench,
            "notes" => Route::Notes(heading.to_string().into()),
            name => {
                let owned = |text: &str| AttrValue::from(text.to_string());
                Route::Lesson(Place { name: owned(name), heading: owned(&decoded(heading)), letters: owned(letters) })
            }
        }
    }
}

/// Headings may have letters that browsers write as `%C3%A9`.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.into();
    }
    js_sys::decode_uri_component(text).map_or_else(|_| text.into(), Into::into)
}

/// The present route; renders again when it changes.
#[hook]
pub(super) fn use_route() -> Route {
    let route = use_state(|| Route::parse(&hash()));
    {
        let route = route.clone();
        use_effect_with((), move |()| {
            let shown = std::cell::RefCell::new(Route::parse(&hash()));
            let listener = EventListener::new(&gloo::utils::window(), "hashchange", move |_| {
                if is_route(&hash()) {
                    let next = Route::parse(&hash());
                    if page(&shown.borrow()) != page(&next) {
                        gloo::utils::window().scroll_to_with_x_and_y(0.0, 0.0);
                    }
                    shown.replace(next.clone());
                    route.set(next);
                }
            });
            move || drop(listener)
        });
    }
    (*route).clone()
}

/// What stays the same while a reader moves within a page.
fn page(route: &Route) -> (u8, &str) {
    match route {
        Route::Contents => (0, ""),
        Route::Bench => (1, ""),
        Route::Lesson(place) => (2, &place.name),
        Route::Notes(name) => (3, name),
    }
}

fn is_route(hash: &str) -> bool {
    hash.is_empty() || hash == "#" || hash.starts_with("#/")
}

fn hash() -> String {
    gloo::utils::window().location().hash().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(name: &'static str, heading: &'static str, letters: &'static str) -> Route {
        Route::Lesson(Place { name: name.into(), heading: heading.into(), letters: letters.into() })
    }

    #[test]
    fn a_hash_names_a_page() {
        assert_eq!(Route::parse(""), Route::Contents);
        assert_eq!(Route::parse("#/"), Route::Contents);
        assert_eq!(Route::parse("#/bench"), Route::Bench);
        assert_eq!(Route::parse("#/notes/lenet5"), Route::Notes("lenet5".into()));
        assert_eq!(Route::parse("#/lenet5"), lesson("lenet5", "", ""));
        assert_eq!(Route::parse("#/lenet5/"), lesson("lenet5", "", ""));
        assert_eq!(Route::parse("#/lenet5/the-network?1-abc-def"), lesson("lenet5", "the-network", "1-abc-def"));
        assert_eq!(Route::parse("#/lenet5?1-abc-def"), lesson("lenet5", "", "1-abc-def"));
        assert!(is_route("#/x") && is_route("") && !is_route("#the-network"));
    }
}
