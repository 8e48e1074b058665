//! All files in one pass each, the checks across them, and the frames.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{
    super::table::{ImportError, Place, Table},
    FileTotal, ImportOptions, Imported,
    azure::DataSet,
    charge::{Charge, Own},
    commitments::Commitments,
    coverage::{Coverage, FileCoverage},
    currency::Rates,
    duplicates::{self, Digest, SeenIds, Suspects},
    format::Format,
    ledger::Ledger,
    money::{self, Pico},
    period::Extent,
    resources::Resources,
};
use crate::{
    frame::{CostRow, global_id},
    snapshot::Gap,
};

/// Reads bills into frames. What a bill does not tell is a gap; what contradicts itself is an error.
pub fn import(paths: &[PathBuf], options: &ImportOptions) -> Result<Imported, ImportError> {
    let rates = Rates::new(&options.usd_per_currency)?;
    let mut books = Books::new(paths, options);
    let mut files: Vec<FileRead> = Vec::new();
    for path in paths {
        let file = books.read(path, &rates)?;
        if let Some(first) = files.iter().find(|known| known.is_same_as(&file)) {
            return Err(ImportError::SameFile { first: first.name.clone(), second: file.name });
        }
        files.push(file);
    }
    refuse_mixed_azure(&files)?;
    refuse_repeats(paths, &books.seen)?;
    let Some((window, range)) = books.extent.window().zip(books.extent.range()) else {
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        return Err(ImportError::NoRows { files: names.join(", ") });
    };
    let costs = books.ledger.close(range).rows().collect::<Vec<_>>();
    check_rows(&costs, &files)?;
    let gaps: BTreeSet<Gap> = files.iter().flat_map(|file| file.gaps.iter().cloned()).collect();
    Ok(Imported {
        costs,
        resources: books.resources.rows(),
        commitments: books.commitments.rows(range),
        coverage: books.coverage,
        window,
        files: files.into_iter().map(|file| file.total).collect(),
        gaps: gaps.into_iter().collect(),
    })
}

/// Everything that charges are summed into.
struct Books {
    ledger: Ledger,
    resources: Resources,
    commitments: Commitments,
    extent: Extent,
    coverage: Coverage,
    seen: SeenIds,
}

/// What is remembered of a file.
struct FileRead {
    name: String,
    total: FileTotal,
    digest: Digest,
    imported: Sums,
    azure: Option<Azure>,
    gaps: Vec<Gap>,
}

struct Azure {
    data_set: DataSet,
    months: std::collections::BTreeMap<(String, String), Place>,
}

/// Known amounts, summed.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    billed: Option<Pico>,
    effective: Option<Pico>,
}

impl Sums {
    fn add(&mut self, billed: Option<Pico>, effective: Option<Pico>) {
        let plus = |sum: &mut Option<Pico>, part: Option<Pico>| {
            if let Some(part) = part {
                *sum = Some(sum.unwrap_or_default().saturating_add(part));
            }
        };
        plus(&mut self.billed, billed);
        plus(&mut self.effective, effective);
    }
}

impl FileRead {
    fn is_same_as(&self, other: &Self) -> bool {
        !self.digest.is_empty() && self.digest == other.digest
    }
}

impl Books {
    fn new(paths: &[PathBuf], options: &ImportOptions) -> Self {
        Self {
            ledger: Ledger::default(),
            resources: Resources::default(),
            commitments: Commitments::within(options.start, options.end),
            extent: Extent::default(),
            coverage: Coverage::default(),
            seen: SeenIds::for_files(paths.iter().map(PathBuf::as_path)),
        }
    }

    fn read(&mut self, path: &Path, rates: &Rates<'_>) -> Result<FileRead, ImportError> {
        let table = Table::open(path)?;
        let (mut format, selection) = Format::detect(&table)?;
        let (mut own, mut imported, mut digest) =
            (Sums::default(), Sums::default(), Digest::default());
        let mut coverage = FileCoverage::default();
        let row_count = table.read(&selection, &mut |row| {
            if let Some(id) = format.row_id(row) {
                self.seen.insert(duplicates::hash_of(&id));
            }
            let Own { billed, effective } = format.charges(row, rates, &mut |charge| {
                if charge.end < charge.start {
                    return Err(ImportError::Period { place: row.place() });
                }
                imported.add(charge.billed, charge.effective);
                digest.add(charge);
                coverage.note(charge);
                self.book(charge);
                Ok(())
            })?;
            own.add(billed, effective);
            Ok(())
        })?;
        self.coverage.add(coverage);
        let imported_usd = check_totals(table.name(), own, imported)?;
        let (format_name, version) = format.name();
        let total = FileTotal {
            file_name: table.file_name(),
            format: format_name,
            version,
            row_count,
            billed_usd: own.billed.map(money::usd),
            effective_usd: own.effective.map(money::usd),
            imported_usd,
        };
        let azure = match &format {
            Format::Azure(azure) => {
                Some(Azure { data_set: azure.data_set, months: azure.months.clone() })
            }
            Format::Focus(_) | Format::Aws(_) | Format::Gcp(_) => None,
        };
        let name = table.name().to_owned();
        Ok(FileRead { name, total, digest, imported, azure, gaps: format.gaps() })
    }

    fn book(&mut self, charge: &Charge<'_>) {
        let resource_id = charge.thing.as_ref().map(|thing| {
            let region = charge.region.as_deref().unwrap_or_default();
            global_id(&charge.provider, &charge.account_id, region, &thing.native_id)
        });
        if let (Some(id), Some(thing)) = (&resource_id, &charge.thing) {
            self.resources.add(id, charge, thing);
        }
        for share in &charge.shares {
            self.commitments.add(charge, share);
        }
        self.extent.include(charge.start, charge.end, charge.kind.is_usage());
        self.ledger.add(charge, resource_id.as_deref());
    }
}

/// Compares the sums of a file's own columns with those of its charges, on every basis that the file has.
fn check_totals(file: &str, own: Sums, imported: Sums) -> Result<crate::units::Usd, ImportError> {
    let bases =
        [("billed", own.billed, imported.billed), ("effective", own.effective, imported.effective)];
    let mut first = None;
    for (basis, own, imported) in bases {
        let Some(own) = own.map(money::usd) else { continue };
        let imported = imported.map(money::usd).unwrap_or_default();
        if own != imported {
            return Err(ImportError::Total { file: file.to_owned(), basis, own, imported });
        }
        first.get_or_insert(imported);
    }
    Ok(first.unwrap_or_default())
}

/// Compares the finished rows with all charges, so that nothing was lost in summing and spreading.
fn check_rows(costs: &[CostRow], files: &[FileRead]) -> Result<(), ImportError> {
    let (mut rows, mut charges) = (Sums::default(), Sums::default());
    for row in costs {
        rows.add(row.billed_usd.map(money::pico), None);
    }
    for file in files {
        charges.add(file.imported.billed, None);
    }
    let (imported, own) = (
        rows.billed.map(money::usd).unwrap_or_default(),
        charges.billed.map(money::usd).unwrap_or_default(),
    );
    if own == imported {
        return Ok(());
    }
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    Err(ImportError::Total { file: names.join(", "), basis: "billed", own, imported })
}

/// Actual and amortized cost of one subscription and month count reserved hours twice.
fn refuse_mixed_azure(files: &[FileRead]) -> Result<(), ImportError> {
    let of = |data_set: DataSet| {
        files
            .iter()
            .filter_map(|file| file.azure.as_ref())
            .filter(move |azure| azure.data_set == data_set)
    };
    for actual in of(DataSet::Actual) {
        for amortized in of(DataSet::Amortized) {
            for ((subscription, month), place) in &actual.months {
                let key = (subscription.clone(), month.clone());
                if let Some(other) = amortized.months.get(&key) {
                    return Err(ImportError::AzureMixed {
                        subscription: key.0,
                        month: key.1,
                        actual: Box::new(place.clone()),
                        amortized: Box::new(other.clone()),
                    });
                }
            }
        }
    }
    Ok(())
}

/// Reads the files once more if an id may have come twice.
fn refuse_repeats(paths: &[PathBuf], seen: &SeenIds) -> Result<(), ImportError> {
    if !seen.is_suspicious() {
        return Ok(());
    }
    let mut suspects = Suspects::default();
    for path in paths {
        let table = Table::open(path)?;
        let (format, selection) = Format::detect(&table)?;
        table.read(&selection, &mut |row| match format.row_id(row) {
            Some(id) if seen.is_suspect(duplicates::hash_of(&id)) => suspects.note(id, row.place()),
            _ => Ok(()),
        })?;
    }
    Ok(())
}
