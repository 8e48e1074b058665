//! As much CBOR as `CloudWatch` speaks.

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cbor {
    Text(String),
    Float(f64),
    Int(i64),
    Bool(bool),
    Array(Vec<Cbor>),
    Map(Vec<(String, Cbor)>),
    /// An instant in seconds.
    Time(f64),
}

impl Cbor {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn map(entries: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub(super) fn str(&self, key: &str) -> String {
        match self.get(key) {
            Some(Self::Text(text)) => text.clone(),
            _ => String::new(),
        }
    }

    pub(super) fn items(&self, key: &str) -> &[Self] {
        match self.get(key) {
            Some(Self::Array(items)) => items,
            _ => &[],
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend(text.as_bytes());
            }
            Self::Float(value) => {
                out.push(0xfb);
                out.extend(value.to_be_bytes());
            }
            Self::Int(value) if *value < 0 => head(out, 1, value.unsigned_abs() - 1),
            Self::Int(value) => head(out, 0, value.unsigned_abs()),
            Self::Bool(value) => out.push(0xf4 + u8::from(*value)),
            Self::Array(items) => {
                head(out, 4, items.len() as u64);
                for item in items {
                    item.encode(out);
                }
            }
            Self::Map(entries) => {
                head(out, 5, entries.len() as u64);
                for (key, value) in entries {
                    Self::text(key).encode(out);
                    value.encode(out);
                }
            }
            Self::Time(seconds) => {
                head(out, 6, 1);
                Self::Float(*seconds).encode(out);
            }
        }
    }

    /// Takes a value off the front.
    pub(super) fn decode(bytes: &mut &[u8]) -> Self {
        let first = take(bytes, 1)[0];
        let (major, minor) = (first >> 5, first & 0x1f);
        let is_open = minor == 31;
        let size = |bytes: &mut &[u8]| match minor {
            24..=27 => take(bytes, 1 << (minor - 24))
                .iter()
                .fold(0_u64, |number, byte| number << 8 | u64::from(*byte)),
            _ => u64::from(minor),
        };
        match major {
            0 => Self::Int(size(bytes).try_into().unwrap()),
            1 => Self::Int(-1 - i64::try_from(size(bytes)).unwrap()),
            3 => {
                let length = size(bytes).try_into().unwrap();
                Self::Text(String::from_utf8(take(bytes, length).to_vec()).unwrap())
            }
            4 => {
                let count = if is_open { u64::MAX } else { size(bytes) };
                Self::Array(many(bytes, count, Self::decode))
            }
            5 => {
                let count = if is_open { u64::MAX } else { size(bytes) };
                Self::Map(many(bytes, count, |bytes| match Self::decode(bytes) {
                    Self::Text(key) => (key, Self::decode(bytes)),
                    other => panic!("{other:?} is no key"),
                }))
            }
            6 => {
                assert_eq!(size(bytes), 1);
                match Self::decode(bytes) {
                    Self::Float(seconds) => Self::Time(seconds),
                    Self::Int(seconds) => Self::Time(seconds as f64),
                    other => panic!("{other:?} is no time"),
                }
            }
            7 => match minor {
                20 | 21 => Self::Bool(minor == 21),
                27 => Self::Float(f64::from_be_bytes(take(bytes, 8).try_into().unwrap())),
                26 => Self::Float(f32::from_be_bytes(take(bytes, 4).try_into().unwrap()).into()),
                _ => panic!("simple value {minor}"),
            },
            _ => panic!("major type {major}"),
        }
    }
}

fn head(out: &mut Vec<u8>, major: u8, size: u64) {
    if let Ok(size @ 0..24) = u8::try_from(size) {
        out.push(major << 5 | size);
    } else {
        out.push(major << 5 | 0x1b);
        out.extend(size.to_be_bytes());
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}

/// So many items, or all up to a break.
fn many<T>(bytes: &mut &[u8], count: u64, item: impl Fn(&mut &[u8]) -> T) -> Vec<T> {
    let mut items = Vec::new();
    while (items.len() as u64) < count {
        if count == u64::MAX && bytes[0] == 0xff {
            take(bytes, 1);
            break;
        }
        items.push(item(bytes));
    }
    items
}
