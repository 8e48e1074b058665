//! Names of accelerator models as drivers, labels and clouds write them, and the one that reports use.

/// The canonical model of a name, with the memory of one accelerator where the name alone leaves it open. `None`: not
/// recognised.
pub(super) fn canonical(name: &str, mem_gib: Option<f64>) -> Option<&'static str> {
    let name = name.to_lowercase();
    let words: Vec<&str> = name
        .split(|sign: char| !sign.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has = |word: &str| words.contains(&word);
    let size_gib = words.iter().find_map(|word| word.strip_suffix("gb")?.parse().ok()).or(mem_gib);
    let is_large = |limit_gib: f64| size_gib.map(|gib: f64| gib > limit_gib);
    // Google's labels name the smaller of two sizes without it.
    let is_small_by_name = has("tesla");
    if has("h100") {
        return Some(match () {
            () if has("pcie") => "H100-PCIE-80GB",
            () if has("nvl") => "H100-NVL-94GB",
            () => "H100-80GB",
        });
    }
    if has("a100") {
        return match is_large(60.0) {
            Some(true) => Some("A100-80GB"),
            Some(false) => Some("A100-40GB"),
            None => is_small_by_name.then_some("A100-40GB"),
        };
    }
    if has("v100") {
        return match is_large(24.0) {
            Some(true) => Some("V100-32GB"),
            Some(false) => Some("V100-16GB"),
            None => is_small_by_name.then_some("V100-16GB"),
        };
    }
    if has("rtx") && has("pro") {
        return [("6000", "RTX-PRO-6000"), ("4500", "RTX-PRO-4500")]
            .into_iter()
            .find_map(|(word, model)| has(word).then_some(model));
    }
    if has("tpu") {
        let tpu = |version: &str| words.contains(&version);
        return match () {
            () if tpu("v5") && has("lite") || tpu("v5e") => Some("TPU-v5e"),
            () if tpu("v5p") => Some("TPU-v5p"),
            () if tpu("v6e") => Some("TPU-v6e"),
            () if tpu("v4") => Some("TPU-v4"),
            () => None,
        };
    }
    BY_WORD.iter().find_map(|(word, model)| has(word).then_some(*model))
}

/// Models that one word names.
const BY_WORD: [(&str, &str); 29] = [
    ("gb300", "GB300"),
    ("gb200", "GB200"),
    ("b300", "B300"),
    ("b200", "B200"),
    ("h200", "H200"),
    ("l40s", "L40S"),
    ("l4", "L4"),
    ("a10g", "A10G"),
    ("a10", "A10"),
    ("a30", "A30"),
    ("t4g", "T4G"),
    ("t4", "T4"),
    ("p100", "P100"),
    ("p4", "P4"),
    ("k80", "K80"),
    ("m60", "M60"),
    ("mi300x", "MI300X"),
    ("mi25", "MI25"),
    ("v520", "V520"),
    ("v620", "V620"),
    ("v710", "V710"),
    ("gaudi", "Gaudi1"),
    ("ai100", "Qualcomm-AI100"),
    ("inferentia", "Inferentia1"),
    ("inferentia1", "Inferentia1"),
    ("inferentia2", "Inferentia2"),
    ("trainium", "Trainium1"),
    ("trainium1", "Trainium1"),
    ("trainium2", "Trainium2"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_spelling_is_a_model_of_the_catalog() {
        let catalog = Catalog::embedded().unwrap();
        for (name, model) in [
            ("NVIDIA A100-SXM4-80GB", "A100-80GB"),
            ("NVIDIA-A100-SXM4-40GB", "A100-40GB"),
            ("NVIDIA-A100-PCIE-40GB-MIG-1g.5gb", "A100-40GB"),
            ("nvidia-tesla-a100", "A100-40GB"),
            ("nvidia-a100-80gb", "A100-80GB"),
            ("NVIDIA-H100-80GB-HBM3", "H100-80GB"),
            ("NVIDIA H100 PCIe", "H100-PCIE-80GB"),
            ("NVIDIA H100 NVL", "H100-NVL-94GB"),
            ("nvidia-h100-mega-80gb", "H100-80GB"),
            ("NVIDIA H200", "H200"),
            ("NVIDIA B200", "B200"),
            ("NVIDIA GB200", "GB200"),
            ("Tesla-T4", "T4"),
            ("nvidia-tesla-t4", "T4"),
            ("Tesla-T4-SHARED", "T4"),
            ("NVIDIA A10G", "A10G"),
            ("NVIDIA-A10", "A10"),
            ("NVIDIA L4", "L4"),
            ("l40s", "L40S"),
            ("Tesla V100-SXM2-32GB", "V100-32GB"),
            ("nvidia-tesla-v100", "V100-16GB"),
            ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX-PRO-6000"),
            ("tpu-v5-lite-podslice", "TPU-v5e"),
            ("tpu-v6e-slice", "TPU-v6e"),
            ("AMD-Instinct-MI300X", "MI300X"),
            ("Radeon Pro V520", "V520"),
            ("T4g", "T4G"),
            ("RTX PRO Server 6000", "RTX-PRO-6000"),
            ("RTX PRO 4500", "RTX-PRO-4500"),
            ("Gaudi HL-205", "Gaudi1"),
            ("Qualcomm AI100", "Qualcomm-AI100"),
            ("Inferentia", "Inferentia1"),
            ("Inferentia2", "Inferentia2"),
            ("Trainium", "Trainium1"),
            ("Trainium2", "Trainium2"),
        ] {
            assert_eq!(canonical(name, None), Some(model), "{name}");
            assert!(catalog.gpu(model).is_some(), "{model} is not in the catalog");
        }
    }

    #[test]
    fn memory_decides_where_the_name_does_not() {
        assert_eq!(canonical("a100", Some(80.0)), Some("A100-80GB"));
        assert_eq!(canonical("a100", Some(40.0)), Some("A100-40GB"));
        assert_eq!(canonical("a100", None), None);
        assert_eq!(canonical("NVIDIA GeForce RTX 4090", None), None);
        assert_eq!(canonical("Trainium9", None), None);
    }
}
