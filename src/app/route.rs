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
    /// `#/NAME`.
    Lesson(AttrValue),
}

impl Route {
    fn parse(hash: &str) -> Route {
        let name = hash.trim_start_matches('#').trim_matches('/');
        match name {
            "" => Route::Contents,
            "bench" => Route::Bench,
            lesson => Route::Lesson(lesson.to_string().into()),
        }
    }
}

/// The present route; renders again when it changes.
#[hook]
pub(super) fn use_route() -> Route {
    let route = use_state(|| Route::parse(&hash()));
    {
        let route = route.clone();
        use_effect_with((), move |()| {
            let listener = EventListener::new(&gloo::utils::window(), "hashchange", move |_| {
                // A link to a heading of the page is no other page.
                if is_route(&hash()) {
                    route.set(Route::parse(&hash()));
                    gloo::utils::window().scroll_to_with_x_and_y(0.0, 0.0);
                }
            });
            move || drop(listener)
        });
    }
    (*route).clone()
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

    #[test]
    fn a_hash_names_a_page() {
        assert_eq!(Route::parse(""), Route::Contents);
        assert_eq!(Route::parse("#/"), Route::Contents);
        assert_eq!(Route::parse("#/lenet5"), Route::Lesson("lenet5".into()));
        assert_eq!(Route::parse("#/bench"), Route::Bench);
        assert_eq!(Route::parse("#/lenet5/"), Route::Lesson("lenet5".into()));
        assert!(is_route("#/x") && is_route("") && !is_route("#the-network"));
    }
}
