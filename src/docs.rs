//! The generated pages of `docs/`: made from what the program itself says, so that they cannot be wrong for long.
//!
//! `tests/it/generated.rs` compares them with the committed files and rewrites them on request.

mod cli;
mod frames;
mod page;
#[cfg(all(feature = "aws", feature = "kubernetes"))]
mod permissions;
mod rules;
mod settings;

use crate::fact::{FactSpec, SubjectKind, specs_of};

pub use cli::cli_page;
pub use frames::frames_page;
#[cfg(all(feature = "aws", feature = "kubernetes"))]
pub use permissions::permissions_page;
pub use rules::{rule_pages, rules_readme};
pub use settings::settings_page;

use self::page::{Page, cell, code};
use crate::units::Unit;

/// `docs/facts.md`: everything that rules may read.
pub fn facts_page() -> String {
    let mut page = Page::new("Facts");
    page.prose(
        "What rules may read, by kind of subject. A number is in the unit that its name ends in; a ratio is 0 to 1. \
         `ai-cost facts SUBJECT` prints the same. To add one, see [adding a fact](adding-a-fact.md).",
    );
    let common = shared();
    page.heading("Every subject");
    page.table(&["Fact", "Type", "Meaning", "Not known if"], common.iter().map(fact_row));
    for kind in SubjectKind::ALL {
        page.heading(&kind.to_string());
        let own = specs_of(kind).into_iter().skip(common.len());
        let rows: Vec<_> = own.map(|spec| fact_row(&spec)).collect();
        page.table(&["Fact", "Type", "Meaning", "Not known if"], rows);
    }
    page.into_text()
}

/// The facts at the beginning of every kind's list.
fn shared() -> Vec<FactSpec> {
    let lists: Vec<Vec<FactSpec>> = SubjectKind::ALL.into_iter().map(specs_of).collect();
    let Some((first, others)) = lists.split_first() else { return Vec::new() };
    let everywhere = |(index, spec): &(usize, &FactSpec)| {
        others.iter().all(|list| list.get(*index).is_some_and(|other| other.name == spec.name))
    };
    first.iter().enumerate().take_while(everywhere).map(|(_, spec)| *spec).collect()
}

fn fact_row(spec: &FactSpec) -> Vec<String> {
    let unit = Unit::of(spec.name).label();
    let kind = if unit.is_empty() { spec.fact_type.to_string() } else { unit.to_owned() };
    let null = if spec.null_means.is_empty() { "always known" } else { spec.null_means };
    vec![code(spec.name), cell(&kind), cell(spec.doc), cell(null)]
}
