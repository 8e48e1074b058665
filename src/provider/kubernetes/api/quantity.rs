//! Quantities as Kubernetes writes them.

/// Suffixes, longest first, with what they multiply by.
const SUFFIXES: [(&str, f64); 15] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// `4`, `500m`, `80Gi`, `1e3` as a number. `None`: it is none.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let (digits, factor) = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, *factor)))
        .unwrap_or((text, 1.0));
    // `inf` and `nan` are numbers to the parser of floats, not to Kubernetes.
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let value: f64 = is_plain.then(|| digits.parse().ok())??;
    Some(value * factor).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn every_form_of_a_quantity_is_a_number() {
        for (text, value) in [
            ("4", 4.0),
            ("500m", 0.5),
            ("80Gi", 85_899_345_920.0),
            ("1e3", 1000.0),
            ("1E3", 1000.0),
            ("2E", 2e18),
            ("12E1", 120.0),
            ("129M", 129e6),
            ("1.5", 1.5),
            ("100n", 1e-7),
        ] {
            let parsed = parse(text).unwrap();
            assert!((parsed - value).abs() <= value * 1e-12, "{text}: {parsed}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_not_known() {
        for text in ["", "lots", "4 GPUs", "inf", "nan", "Gi", "--1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
