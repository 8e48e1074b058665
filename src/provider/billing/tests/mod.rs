//! Bills written by hand, with totals worked out by hand; and real samples where they are at hand.

mod aws;
mod azure;
mod bad_input;
mod focus;
mod gcp;
mod nested;
mod samples;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::*;

/// A folder of bills.
struct Bills(tempfile::TempDir);

impl Bills {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn import_text(name: &str, content: impl AsRef<[u8]>) -> Result<Imported, ImportError> {
    let bills = Bills::new();
    import(&[bills.file(name, content)], &ImportOptions::default())
}

fn with_rates(rates: &[(&str, f64)]) -> ImportOptions {
    let usd_per_currency = rates.iter().map(|(code, rate)| ((*code).to_owned(), *rate)).collect();
    ImportOptions { usd_per_currency, ..ImportOptions::default() }
}

/// An error as a person reads it, with the folder of the test taken out.
fn message(result: Result<Imported, ImportError>) -> String {
    let text = result.expect_err("an error").to_string();
    text.split_inclusive(' ')
        .map(|word| match word.rfind('/') {
            Some(slash) if word.starts_with('/') => &word[slash + 1..],
            _ => word,
        })
        .collect()
}

/// `kind → (rows, billed, effective)`, in dollars rounded to a millionth; unknown amounts count as none.
fn by_kind(imported: &Imported) -> BTreeMap<&str, (usize, f64, f64)> {
    let mut kinds = BTreeMap::new();
    for row in &imported.costs {
        let sums: &mut (usize, f64, f64) = kinds.entry(row.charge_kind.as_str()).or_default();
        sums.0 += 1;
        sums.1 += row.billed_usd.unwrap_or_default();
        sums.2 += row.effective_usd.unwrap_or_default();
    }
    let rounded = |sum: f64| (sum * 1e6).round() / 1e6;
    for sums in kinds.values_mut() {
        *sums = (sums.0, rounded(sums.1), rounded(sums.2));
    }
    kinds
}

/// A file of the shared sample data; none, with a printed line, where there is none.
fn sample(name: &str) -> Option<PathBuf> {
    let path = shared_data().map(|data| data.join("billing").join(name));
    if path.is_none() {
        println!("skipped: there is no sample data, which `{name}` is part of");
    }
    path
}

fn shared_data() -> Option<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/data"))
        .find(|data| data.join("README.md").exists())
}
