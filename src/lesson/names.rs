//! Names of controls in a cell's values: which there are, and what stands in their place.

use serde_json::{Map, Value};

/// The name that a string stands for: `$width` for `width`.
fn named(text: &str) -> Option<&str> {
    text.strip_prefix('$').filter(|name| is_name(name))
}

/// Whether a word may be the name of a control: letters, digits and underscores, a letter first.
pub fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic()) && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// All names in a cell's values, in the order in which they stand, each once.
pub fn names(values: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(values, &mut found);
    found
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => {
            if let Some(name) = named(text)
                && !found.contains(&name)
            {
                found.push(name);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The values with every name replaced by what it stands for; a name that stands for nothing stays.
pub fn resolved(values: &Value, of: &dyn Fn(&str) -> Option<Value>) -> Value {
    match values {
        Value::String(text) => named(text).and_then(of).unwrap_or_else(|| values.clone()),
        Value::Array(items) => Value::Array(items.iter().map(|item| resolved(item, of)).collect()),
        Value::Object(fields) => Value::Object(fields.iter().map(|(key, field)| (key.clone(), resolved(field, of))).collect::<Map<_, _>>()),
        Value::Null | Value::Bool(_) | Value::Number(_) => values.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_found_and_replaced_wherever_they_stand() {
        let values = json!({ "rate": "$rate", "layers": [{ "out": "$width" }, { "out": 3 }], "price": "$5", "again": "$rate" });
        assert_eq!(names(&values), ["rate", "width"]);
        let of = |name: &str| (name == "width").then(|| json!(16));
        assert_eq!(
            resolved(&values, &of),
            json!({ "rate": "$rate", "layers": [{ "out": 16 }, { "out": 3 }], "price": "$5", "again": "$rate" })
        );
    }
}
