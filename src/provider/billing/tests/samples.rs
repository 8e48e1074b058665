//! Real exports. The expected numbers were worked out with another program from the same files.

use super::*;

fn import_sample(name: &str, options: &ImportOptions) -> Option<Imported> {
    let path = sample(name)?;
    Some(import(&[path], options).unwrap())
}

#[test]
fn the_focus_sample_keeps_every_cent() {
    let Some(imported) = import_sample("focus_1_0_sample_1000.csv", &ImportOptions::default())
    else {
        return;
    };
    assert_eq!(
        by_kind(&imported),
        BTreeMap::from([
            ("adjustment", (2, 0.272, 0.0)),
            ("credit", (1, -2.6137, -3.0)),
            ("usage", (997, 22.861_927, 17.976_514)),
        ])
    );
    let file = &imported.files[0];
    assert_eq!((file.format, file.version, file.row_count), ("FOCUS", "1.0", 1000));
    assert_eq!(file.billed_usd, Some(Usd::round(20.520_226_728_99)));
    assert_eq!(file.effective_usd, Some(Usd::round(14.976_514_185_86)));
    assert_eq!(file.imported_usd, Usd::round(20.52));
    let mut providers = BTreeMap::<_, f64>::new();
    for row in &imported.costs {
        *providers.entry(row.provider.as_str()).or_default() += row.billed_usd.unwrap();
    }
    for (provider, billed) in
        [("aws", 18.006_638_618_4), ("azure", 1.976_514_185_86), ("oracle", 0.537_073_924_73)]
    {
        assert!((providers[provider] - billed).abs() < 1e-9, "{provider}: {providers:?}");
    }
    assert_eq!(imported.commitments.len(), 2);
    assert_eq!(imported.window.hour_count(), 30 * 24);
    let gpu = imported
        .resources
        .iter()
        .find(|resource| resource.instance_type.as_deref() == Some("g3.4xlarge"))
        .unwrap();
    assert_eq!(gpu.kind, "gpu_instance");
}

#[test]
fn the_legacy_report_keeps_every_cent() {
    let Some(imported) =
        import_sample("aws_cur_legacy_anonymous_1281.csv", &ImportOptions::default())
    else {
        return;
    };
    let kinds = by_kind(&imported);
    // Twelve taxes of the month, each spread over the fourteen days of the window.
    assert_eq!(kinds["tax"], (168, 0.08, 0.08));
    assert_eq!((kinds["usage"].1, kinds["usage"].2), (1.602_309, 1.602_309));
    assert_eq!(kinds.len(), 2);
    let file = &imported.files[0];
    assert_eq!((file.format, file.version, file.row_count), ("AWS CUR", "legacy", 1281));
    assert_eq!(file.billed_usd, Some(Usd::round(1.682_308_697_4)));
    assert_eq!(imported.window.hour_count(), 13 * 24 + 4);
}

#[test]
fn azure_samples_are_told_apart_and_keep_every_cent() {
    let options = with_rates(&[("CAD", 0.75)]);
    for (name, version, row_count, usd) in [
        ("azure_ea_actualcost_small.csv", "actual", 11, 8.545_007_786_741_937),
        ("azure_ea_amortizedcost_small.csv", "amortized", 28, 16.296_932_136_636_645),
        ("azure_ea_export_anonymous_27.csv", "without commitments", 27, 1.261_369_265_057 * 0.75),
        ("azure_export_opencost_template.csv", "without commitments", 87, 16.393_506_212_224_394),
        ("azure_export_opencost_virtualmachine.csv", "without commitments", 1, 4.0),
    ] {
        let Some(imported) = import_sample(name, &options) else { return };
        let file = &imported.files[0];
        assert_eq!((file.version, file.row_count), (version, row_count), "{name}");
        assert_eq!(file.billed_usd.or(file.effective_usd), Some(Usd::round(usd)), "{name}");
        assert_eq!(file.imported_usd, Usd::round(usd), "{name}");
    }
}

#[test]
fn azure_samples_tell_purchases_and_unused_capacity() {
    let options = ImportOptions::default();
    let Some(actual) = import_sample("azure_ea_actualcost_small.csv", &options) else { return };
    let kinds = by_kind(&actual);
    assert_eq!(kinds["commitment_fee"], (1, 3.25, 0.0));
    assert_eq!(kinds["reservation_unused"], (1, 2.64, 2.64));
    let Some(amortized) = import_sample("azure_ea_amortizedcost_small.csv", &options) else {
        return;
    };
    let committed: f64 = amortized
        .costs
        .iter()
        .filter(|row| row.purchase_option.as_deref() == Some("committed"))
        .filter_map(|row| row.effective_usd)
        .sum();
    assert!((committed - 0.499_152_000_468).abs() < 1e-9, "{committed}");
}

#[test]
fn the_canadian_sample_needs_a_rate() {
    let Some(path) = sample("azure_ea_export_anonymous_27.csv") else { return };
    assert_eq!(
        message(import(&[path], &ImportOptions::default())),
        "azure_ea_export_anonymous_27.csv, line 2: the charge is in CAD, and no exchange rate to US dollars is set"
    );
}

#[test]
fn both_azure_sets_together_are_refused() {
    let (Some(actual), Some(amortized)) =
        (sample("azure_ea_actualcost_small.csv"), sample("azure_ea_amortizedcost_small.csv"))
    else {
        return;
    };
    let text = message(import(&[actual, amortized], &ImportOptions::default()));
    assert!(text.starts_with("actual and amortized cost of the Azure subscription"), "{text}");
}

#[test]
fn samples_read_backwards_give_the_same_rows() {
    for name in ["focus_1_0_sample_1000.csv", "aws_cur_legacy_anonymous_1281.csv"] {
        let Some(path) = sample(name) else { return };
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        let bills = Bills::new();
        let backwards = bills.file(name, lines.join("\n"));
        let options = ImportOptions::default();
        assert_eq!(import(&[backwards], &options).unwrap(), import(&[path], &options).unwrap());
    }
}

#[test]
fn no_two_rows_of_the_samples_have_one_key() {
    for name in ["focus_1_0_sample_1000.csv", "aws_cur_legacy_anonymous_1281.csv"] {
        let Some(imported) = import_sample(name, &ImportOptions::default()) else { return };
        let keys: std::collections::BTreeSet<_> = imported
            .costs
            .iter()
            .map(|row| {
                (
                    (&row.resource_id, &row.provider, &row.account_id, &row.region),
                    (&row.service, &row.sku, row.day_start.0),
                    (&row.charge_kind, &row.purchase_option, &row.commitment_id),
                )
            })
            .collect();
        assert_eq!(keys.len(), imported.costs.len(), "{name}");
    }
}
