//! A list in a settings file. A lone word where a list belongs is a common slip, so its message says what to write.

use std::{fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// Values in the order written.
#[derive(Debug, Clone, PartialEq)]
pub struct List<T>(Vec<T>);

impl<T, U: From<T>> From<List<T>> for Vec<U> {
    fn from(list: List<T>) -> Self {
        list.0.into_iter().map(U::from).collect()
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<T> ListVisitor<T> {
    fn refuse<E: de::Error>(example: &str) -> E {
        E::custom(format!("must be a list\nwrite it in brackets: `[{example}]`"))
    }
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(List(list))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<List<T>, E> {
        Err(Self::refuse(&format!("\"{}\"", text.escape_default())))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<List<T>, E> {
        Err(Self::refuse(&number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<List<T>, E> {
        Err(Self::refuse(&number.to_string()))
    }

    fn visit_bool<E: de::Error>(self, answer: bool) -> Result<List<T>, E> {
        Err(Self::refuse(&answer.to_string()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, _map: A) -> Result<List<T>, A::Error> {
        Err(Self::refuse("…"))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(ListVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for List<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("List_of_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": generator.subschema_for::<T>() })
    }
}
