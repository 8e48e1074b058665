//! From a byte of a TOML string's value back to the byte of the file it was written at.

use std::ops::Range;

/// Where each byte of a string's value stands in the file.
#[derive(Debug, Clone)]
pub(super) struct Offsets {
    /// For each byte of the value, the bytes of the file it is written as.
    bytes: Vec<Range<usize>>,
    /// The literal, quotes included.
    whole: Range<usize>,
}

impl Offsets {
    /// Follows the string literal that stands at `span` of `text`, quotes included, and has the value `value`.
    pub(super) fn follow(text: &str, span: Range<usize>, value: &str) -> Self {
        let bytes = bytes(text.get(span.clone()).unwrap_or_default(), span.start);
        // A literal read differently than the TOML reader did would point at wrong bytes: then point at all of it.
        let bytes = if bytes.len() == value.len() { bytes } else { Vec::new() };
        Self { bytes, whole: span }
    }

    /// The bytes of the file that a range of the value's bytes was written as.
    pub(super) fn to_file(&self, value: &Range<usize>) -> Range<usize> {
        let first = self.bytes.get(value.start);
        let last = value.end.checked_sub(1).and_then(|last| self.bytes.get(last));
        match (first, last) {
            (Some(first), Some(last)) if last.end >= first.start => first.start..last.end,
            _ => self.whole.clone(),
        }
    }
}

/// Where each byte of the value of the literal `raw`, which starts at `base`, is written.
fn bytes(raw: &str, base: usize) -> Vec<Range<usize>> {
    let (quote, has_escapes) = match raw.as_bytes() {
        [b'"', b'"', b'"', _, _, _, ..] => ("\"\"\"", true),
        [b'\'', b'\'', b'\'', _, _, _, ..] => ("'''", false),
        [b'"', _, ..] => ("\"", true),
        [b'\'', _, ..] => ("'", false),
        _ => return Vec::new(),
    };
    let Some(mut rest) = raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) else {
        return Vec::new();
    };
    let mut at = base + quote.len();
    if quote.len() == 3 {
        let body = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest);
        at += rest.len() - body.len();
        rest = body;
    }
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(letter) = rest.chars().next() {
        let written = if has_escapes && letter == '\\' {
            let (written, count) = escape(rest);
            bytes.extend((0..count).map(|_| at..at + written));
            written
        } else {
            let written = letter.len_utf8();
            bytes.extend((at..at + written).map(|byte| byte..byte + 1));
            written
        };
        at += written;
        rest = rest.get(written..).unwrap_or_default();
    }
    bytes
}

/// Length of the escape at the start of `rest`, and of what it stands for.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            let after = rest.trim_start_matches('\\').trim_start_matches([' ', '\t', '\r', '\n']);
            return (rest.len() - after.len(), 0);
        }
        _ => return (2, 1),
    };
    let code = rest.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let letter = code.and_then(char::from_u32);
    (2 + digits, letter.map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of the file behind `part` of the value of the file's only key.
    fn written<'t>(text: &'t str, part: &str) -> &'t str {
        #[derive(serde::Deserialize)]
        struct Only {
            key: toml::Spanned<String>,
        }
        let only: Only = toml::from_str(text).unwrap();
        let value = only.key.get_ref();
        let start = value.find(part).unwrap();
        let offsets = Offsets::follow(text, only.key.span(), value);
        &text[offsets.to_file(&(start..start + part.len()))]
    }

    #[test]
    fn every_kind_of_toml_string_is_followed() {
        assert_eq!(written("key = \"ab cd ef\"", "cd"), "cd");
        assert_eq!(written("key = 'ab cd ef'", "cd"), "cd");
        assert_eq!(written("key = \"\"\"\n  ab\n  cd\n\"\"\"", "cd"), "cd");
        assert_eq!(written("key = '''\r\n  ab\r\n  cd'''", "cd"), "cd");
        assert_eq!(written("key = \"\"\"ab \\\n    cd\"\"\"", "cd"), "cd");
    }

    #[test]
    fn escapes_before_and_inside_are_counted() {
        assert_eq!(written(r#"key = "\t\u00e9\x41 cd""#, "cd"), "cd");
        assert_eq!(written(r#"key = "a \u0063d e""#, "cd"), r"\u0063d");
        assert_eq!(written(r#"key = "a \U0001F600 cd""#, "\u{1F600}"), r"\U0001F600");
        assert_eq!(written("key = \"\"\"a \"\" \\\" cd\"\"\"", "cd"), "cd");
    }

    #[test]
    fn a_place_outside_the_value_points_at_the_whole_literal() {
        let text = "key = \"ab\"";
        let offsets = Offsets::follow(text, 6..10, "ab");
        assert_eq!(offsets.to_file(&(2..3)), 6..10);
    }
}
