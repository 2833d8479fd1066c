//! Values in the text: formulas of the page's controls, computed as they change.

use crate::plots::short;
use serde_json::Value;
use stride_engine::expression::Expression;

/// The formulas of a text, in the order of their places. The lesson's reader wrote them as attributes.
pub(super) fn formulas(html: &str) -> impl Iterator<Item = String> {
    let unescaped = |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    html.split("data-live=\"").skip(1).filter_map(move |rest| rest.split('"').next().map(unescaped))
}

/// What a formula comes to: a number, or, where it is the name of a control that is no number, what that says.
pub(super) fn value(formula: &str, of: &dyn Fn(&str) -> Option<Value>) -> String {
    match of(formula) {
        Some(Value::String(text)) => return text,
        Some(Value::Bool(on)) => return if on { "on" } else { "off" }.into(),
        _ => {}
    }
    let mut names: Vec<&str> = formula.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    names.sort_unstable();
    names.dedup();
    let known: Vec<(&str, f64)> = names.into_iter().filter_map(|name| of(name)?.as_f64().map(|value| (name, value))).collect();
    let (names, at): (Vec<&str>, Vec<f64>) = known.into_iter().unzip();
    match Expression::parse(formula, &names).and_then(|expression| expression.value(&at)) {
        Ok(value) => short(value),
        Err(error) => format!("({error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn formulas_are_computed_from_the_controls() {
        let of = |name: &str| match name {
            "w" => Some(json!(7)),
            "f" => Some(json!(5)),
            "kind" => Some(json!("max")),
            "norm" => Some(json!(true)),
            _ => None,
        };
        assert_eq!(value("(w - f) / 2 + 1", &of), "2");
        assert_eq!(value("w", &of), "7");
        assert_eq!((value("kind", &of).as_str(), value("norm", &of).as_str()), ("max", "on"));
        assert!(value("w +", &of).starts_with('('));
    }

    #[test]
    fn formulas_are_found_in_their_order() {
        let html = "<p><output data-live=\"w\"></output> and <output data-live=\"max(w, 1) &gt; 2\"></output></p>";
        assert_eq!(formulas(html).collect::<Vec<_>>(), ["w", "max(w, 1) > 2"]);
    }
}
