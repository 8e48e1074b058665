//! JSON values as the XML of the older services.

use std::fmt::Write as _;

use serde_json::Value;

/// Text between tags.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The members of an object as elements. Those of a list are called `item`.
pub(crate) fn elements(value: &Value, item: &str) -> String {
    let mut text = String::new();
    write(&mut text, value, item);
    text
}

fn write(text: &mut String, value: &Value, item: &str) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                element(text, name, value, item);
            }
        }
        Value::Array(values) => {
            for value in values {
                element(text, item, value, item);
            }
        }
        Value::String(value) => text.push_str(&escape(value)),
        Value::Bool(_) | Value::Number(_) => write!(text, "{value}").unwrap(),
    }
}

fn element(text: &mut String, name: &str, value: &Value, item: &str) {
    write!(text, "<{name}>").unwrap();
    write(text, value, item);
    write!(text, "</{name}>").unwrap();
}
