//! Pieces of queries, with every foreign name in quotation marks.

/// Signs that mean something in a regular expression.
const SPECIAL: &str = r".+*?()|[]{}^$\";

/// A text in quotation marks.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for sign in text.chars() {
        match sign {
            '"' | '\\' => quoted.extend(['\\', sign]),
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(sign),
        }
    }
    quoted.push('"');
    quoted
}

/// A matcher of a label that is one of several words.
pub(super) fn one_of<'a>(label: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(escaped).collect();
    format!("{label}=~{}", quoted(&words.join("|")))
}

/// A word as a regular expression that fits nothing else.
fn escaped(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    for sign in word.chars() {
        if SPECIAL.contains(sign) {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

/// A selector. Metric names may hold a colon and nothing else that is special, so that none needs quotation marks.
pub(super) fn selector(metric: &str, matchers: &[&str]) -> String {
    let matchers: Vec<&str> =
        matchers.iter().copied().filter(|matcher| !matcher.is_empty()).collect();
    format!("{metric}{{{}}}", matchers.join(","))
}

/// The first of several expressions that has a value, by label set.
pub(super) fn first_of(expressions: &[String]) -> String {
    expressions.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_only_themselves() {
        assert_eq!(
            one_of("node", ["ip-10-0-0-1.ec2.internal", "gpu-2"]),
            r#"node=~"ip-10-0-0-1\\.ec2\\.internal|gpu-2""#
        );
    }

    #[test]
    fn a_hostile_name_stays_inside_its_quotation_marks() {
        assert_eq!(quoted("a\"} or up{\\"), r#""a\"} or up{\\""#);
        assert_eq!(one_of("pod", ["a\"b"]), r#"pod=~"a\"b""#);
    }

    #[test]
    fn empty_matchers_leave_no_comma() {
        assert_eq!(selector("up", &["", "a=\"b\"", ""]), "up{a=\"b\"}");
        assert_eq!(selector("up", &[""]), "up{}");
    }
}
