//! What the name of a machine type says, for types that the catalog lacks.

/// Whether a machine type's name is of an accelerated family.
pub fn looks_accelerated(provider: &str, instance_type: &str) -> bool {
    let name = instance_type.trim_start_matches("ml.");
    match provider {
        "aws" => {
            let family = name.split('.').next().unwrap_or_default();
            let is_numbered = |prefix: &str| {
                family
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
            };
            ["p", "g", "gr", "inf", "trn", "dl"].into_iter().any(is_numbered)
        }
        "azure" => ["Standard_NC", "Standard_ND", "Standard_NV", "Standard_NG", "Standard_NP"]
            .into_iter()
            .any(|prefix| name.starts_with(prefix)),
        "gcp" => ["a2-", "a3-", "a4-", "a4x-", "g2-", "g4-", "ct"]
            .into_iter()
            .any(|prefix| name.starts_with(prefix)),
        "kubernetes" => ["aws", "azure", "gcp"].iter().any(|&sold| looks_accelerated(sold, name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::looks_accelerated;

    #[test]
    fn a_new_size_of_an_accelerated_family_is_known_by_its_name() {
        for name in [
            "p9.48xlarge",
            "g8f.large",
            "gr7.4xlarge",
            "inf3.xlarge",
            "trn3.48xlarge",
            "ml.p9.48xlarge",
        ] {
            assert!(looks_accelerated("aws", name), "{name}");
        }
        for name in
            ["m7g.large", "c8gn.xlarge", "i4g.large", "t4g.nano", "hpc7g.4xlarge", "vt1.3xlarge"]
        {
            assert!(!looks_accelerated("aws", name), "{name}");
        }
    }
}
