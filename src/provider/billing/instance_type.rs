//! Machine types out of the words of a bill.

/// An AWS machine type anywhere in a text: `USE1-BoxUsage:p4d.24xlarge`, `ml.g5.xlarge-Hosting`,
/// `$0.04 per On Demand Linux t3.medium Instance Hour`.
pub(in crate::provider) fn aws(text: &str) -> Option<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')).find_map(|word| {
        let last_dot = word.rfind('.')?;
        let (family, size) = (word.get(..last_dot)?, word.get(last_dot + 1..)?);
        let size = size_of(size)?;
        let bare = family.rsplit_once('.').map_or(family, |(_, bare)| bare);
        let is_family = bare.starts_with(|c: char| c.is_ascii_lowercase())
            && bare.contains(|c: char| c.is_ascii_digit());
        is_family.then(|| word.get(..=last_dot + size.len()))?
    })
}

/// The size at the start of a text, without what is glued to it.
fn size_of(text: &str) -> Option<&str> {
    let end = text.find('-').unwrap_or(text.len());
    let head = text.get(..end)?;
    if head == "metal" {
        let more = text.get(end + 1..).unwrap_or_default();
        let is_size = more.strip_suffix("xl").is_some_and(|n| n.parse::<u32>().is_ok());
        return Some(if is_size { text } else { head });
    }
    let is_size = matches!(head, "nano" | "micro" | "small" | "medium" | "large")
        || head
            .strip_suffix("xlarge")
            .is_some_and(|factor| factor.is_empty() || factor.parse::<u32>().is_ok());
    is_size.then_some(head)
}

#[cfg(test)]
mod tests {
    use super::aws;

    #[test]
    fn types_are_found_in_usage_types_and_descriptions() {
        assert_eq!(aws("USE1-BoxUsage:p4d.24xlarge"), Some("p4d.24xlarge"));
        assert_eq!(aws("ml.g5.xlarge-Hosting"), Some("ml.g5.xlarge"));
        assert_eq!(aws("EUW1-Host:ml.inf2.8xlarge"), Some("ml.inf2.8xlarge"));
        assert_eq!(aws("$0.0416 per On Demand Linux t3.medium Instance Hour"), Some("t3.medium"));
        assert_eq!(aws("u-6tb1.metal"), Some("u-6tb1.metal"));
        assert_eq!(aws("c7i.metal-24xl"), Some("c7i.metal-24xl"));
    }

    #[test]
    fn other_words_with_points_are_not_types() {
        for text in ["$0.008 per used hour", "BoxUsage", "Amazon EC2 running Linux/UNIX", "v1.2"] {
            assert_eq!(aws(text), None, "{text}");
        }
    }
}
