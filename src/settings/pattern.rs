//! Patterns of settings: `*` stands for any letters, case does not matter.

/// Whether `text` fits `pattern`, in which each `*` stands for any letters or none.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_suffix(last) else { return false };
    // The earliest place for each part leaves most room for the next, so no other place needs to be tried.
    for part in middle.split('*') {
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    true
}

/// Whether a policy approves `name`: no patterns approve everything.
pub fn approves(patterns: &[String], name: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, name))
}

/// Whether a policy of families approves a machine type, by its own name or by its family's.
pub fn approves_type(patterns: &[String], family: Option<&str>, instance_type: &str) -> bool {
    approves(patterns, instance_type) || family.is_some_and(|family| approves(patterns, family))
}

/// A condition on a tag: both sides are patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagCondition<'a> {
    key: &'a str,
    value: &'a str,
}

impl<'a> TagCondition<'a> {
    /// Reads `key=value`. `None`: there is no `=`, or one side is empty.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (key, value) = text.split_once('=')?;
        let (key, value) = (key.trim(), value.trim());
        let is_complete = !key.is_empty() && !value.is_empty();
        is_complete.then_some(Self { key, value })
    }

    /// Whether a tag fits.
    pub fn holds(self, key: &str, value: &str) -> bool {
        matches(self.key, key) && matches(self.value, value)
    }
}

/// Whether this can match the name of a region or machine type: no provider uses other signs in them.
pub fn is_name_pattern(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_.*".contains(sign))
}

/// What to do about a text that is no [name pattern](is_name_pattern).
pub fn name_pattern_help(text: &str) -> Option<String> {
    if text.contains(',') {
        return Some("give each pattern its own place in the list".to_owned());
    }
    let sign = text.chars().find(|sign| !is_name_pattern(&sign.to_string()))?;
    Some(format!(
        "`{}` cannot be part of such a name; only `*` is a wildcard",
        sign.escape_default()
    ))
}

/// Whether this can match a rule id: words of lower-case letters and digits, joined by `-`.
pub fn is_rule_pattern(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '*')
    };
    text.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters_and_for_none() {
        for (pattern, text) in [
            ("eu-*", "eu-central-1"),
            ("prod*", "Production"),
            ("PROD*", "prod"),
            ("*", ""),
            ("*-1", "eu-west-1"),
            ("a*b*c", "a-b-b-c"),
            ("ml.*.xlarge", "ml.g5.xlarge"),
            ("**", "x"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn everything_but_the_star_is_literal() {
        for (pattern, text) in [
            ("eu-*", "us-east-1"),
            ("p5", "p5.48xlarge"),
            ("a*a", "a"),
            ("ab*ba", "aba"),
            ("a*b*c", "a-c-b"),
            ("p?", "p5"),
            ("", "x"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_policy_without_patterns_approves_everything() {
        assert!(approves(&[], "us-east-1"));
        assert!(!approves(&["eu-*".to_owned()], "us-east-1"));
    }

    #[test]
    fn a_machine_type_is_approved_by_its_family_too() {
        let families = ["p5".to_owned()];
        assert!(approves_type(&families, Some("p5"), "p5.48xlarge"));
        assert!(!approves_type(&families, Some("p4d"), "p4d.24xlarge"));
        assert!(!approves_type(&families, None, "p5.48xlarge"));
    }

    #[test]
    fn a_tag_condition_is_a_key_and_a_value() {
        let condition = TagCondition::parse("env = prod*").unwrap();
        assert!(condition.holds("Env", "PROD-eu"));
        assert!(!condition.holds("env", "dev"));
        assert!(!condition.holds("environment", "prod"));
        assert_eq!(TagCondition::parse("production"), None);
        assert_eq!(TagCondition::parse("=prod"), None);
    }

    #[test]
    fn a_tag_condition_keeps_later_equals_signs_in_the_value() {
        assert!(TagCondition::parse("query=a=b").unwrap().holds("query", "a=b"));
    }
}
