//! A checker for the part of JSON Schema that our own schemas use; an unknown keyword fails the test.

use serde_json::Value;

/// Every place where a document does not conform to a schema, as sentences.
pub(super) fn violations(schema: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, document, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let is_fine = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "format" => true,
            "$ref" => {
                let pointer = rule.as_str().and_then(|r| r.strip_prefix('#')).expect("local");
                let target = root.pointer(pointer).expect("the definition exists");
                check(root, target, value, path, found);
                true
            }
            "type" => match rule {
                Value::Array(types) => types.iter().any(|kind| is_type(kind, value)),
                kind => is_type(kind, value),
            },
            "const" => rule == value,
            "enum" => rule.as_array().expect("a list").contains(value),
            "minimum" => value.as_f64() >= rule.as_f64(),
            "pattern" => {
                assert_eq!(rule, r"^-?[0-9]+\.[0-9]{2}$", "the checker knows one pattern");
                value.as_str().is_some_and(is_money)
            }
            "anyOf" | "oneOf" => rule.as_array().expect("a list").iter().any(|option| {
                let mut inside = Vec::new();
                check(root, option, value, path, &mut inside);
                inside.is_empty()
            }),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{path}[{index}]"), found);
                }
                true
            }
            "properties" => {
                for (name, property) in rule.as_object().expect("properties") {
                    if let Some(inner) = value.get(name) {
                        check(root, property, inner, &format!("{path}.{name}"), found);
                    }
                }
                true
            }
            "required" => rule
                .as_array()
                .expect("a list")
                .iter()
                .all(|name| value.get(name.as_str().expect("a name")).is_some()),
            "additionalProperties" => {
                assert_eq!(rule, &Value::Bool(false));
                value.as_object().is_none_or(|object| {
                    object.keys().all(|name| schema["properties"].get(name).is_some())
                })
            }
            other => panic!("the checker does not know the keyword {other}"),
        };
        if !is_fine {
            found.push(format!("{path} breaks {keyword}: {value}"));
        }
    }
}

fn is_type(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("the name of a type") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no such type: {other}"),
    }
}

fn is_money(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('-')
        .unwrap_or(text)
        .split_once('.')
        .is_some_and(|(whole, cents)| digits(whole) && digits(cents) && cents.len() == 2)
}
