//! CBOR as `CloudWatch` speaks it, to and from JSON values. A time is a tagged number of seconds there and a number here.

use minicbor::{Decoder, Encoder, data::Type, decode::Error};
use serde_json::{Map, Number, Value};

use super::answer::Refusal;

/// Reads a request.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    value(&mut Decoder::new(bytes))
        .map_err(|error| Refusal::new(400, "SerializationException", &error.to_string()))
}

fn value(decoder: &mut Decoder<'_>) -> Result<Value, Error> {
    Ok(match decoder.datatype()? {
        Type::Bool => decoder.bool()?.into(),
        Type::Null | Type::Undefined => {
            decoder.skip()?;
            Value::Null
        }
        Type::F16 | Type::F32 | Type::F64 => {
            Number::from_f64(decoder.f64()?).map_or(Value::Null, Value::Number)
        }
        Type::String => decoder.str()?.into(),
        Type::StringIndef => {
            let parts: Result<Vec<&str>, Error> = decoder.str_iter()?.collect();
            parts?.concat().into()
        }
        Type::Tag => {
            decoder.tag()?;
            value(decoder)?
        }
        Type::Array | Type::ArrayIndef => {
            let mut left = decoder.array()?;
            let mut values = Vec::new();
            while more(decoder, &mut left)? {
                values.push(value(decoder)?);
            }
            values.into()
        }
        Type::Map | Type::MapIndef => {
            let mut left = decoder.map()?;
            let mut fields = Map::new();
            while more(decoder, &mut left)? {
                let name = decoder.str()?.to_owned();
                fields.insert(name, value(decoder)?);
            }
            fields.into()
        }
        _ => decoder.i64()?.into(),
    })
}

/// Whether a list or map goes on.
fn more(decoder: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, Error> {
    match left {
        Some(0) => Ok(false),
        Some(count) => {
            *count -= 1;
            Ok(true)
        }
        None if decoder.datatype()? == Type::Break => {
            decoder.skip()?;
            Ok(false)
        }
        None => Ok(true),
    }
}

/// Writes a value without times.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    write(&mut encoder, value);
    encoder.into_writer()
}

/// Writes a value without times, as a part of another.
pub(crate) fn write(encoder: &mut Encoder<Vec<u8>>, value: &Value) {
    // Nothing that is written to memory fails.
    match value {
        Value::Null => drop(encoder.null().unwrap()),
        Value::Bool(value) => drop(encoder.bool(*value).unwrap()),
        Value::Number(value) => match value.as_i64() {
            Some(value) => drop(encoder.i64(value).unwrap()),
            None => drop(encoder.f64(value.as_f64().unwrap()).unwrap()),
        },
        Value::String(value) => drop(encoder.str(value).unwrap()),
        Value::Array(values) => {
            encoder.array(values.len() as u64).unwrap();
            for value in values {
                write(encoder, value);
            }
        }
        Value::Object(fields) => {
            encoder.map(fields.len() as u64).unwrap();
            for (name, value) in fields {
                encoder.str(name).unwrap();
                write(encoder, value);
            }
        }
    }
}
