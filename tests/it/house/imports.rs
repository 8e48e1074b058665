//! Which folder may use which. This table is the architecture; everything that is not in it is forbidden.

use std::collections::BTreeSet;

/// Where everything comes together: these may use all others.
pub(super) const JOINS: [&str; 3] = ["main", "command", "docs"];

/// A module of `src/` and what it may use of the others: whole modules, or single items where a wall matters.
pub(super) const MAY_USE: &[(&str, &[&str])] = &[
    ("lib", &[]),
    // Words that everybody shares.
    ("units", &[]),
    ("text", &[]),
    ("nearest", &[]),
    ("window", &[]),
    ("calendar", &["window"]),
    ("frame", &[]),
    ("finding", &["fact::SubjectKind", "fact::SubjectRef", "fact::Value", "units"]),
    ("catalog", &["finding::hex", "frame"]),
    // Observing. Not: facts, rules, savings, or how a report looks.
    (
        "provider",
        &[
            "catalog::Catalog",
            "catalog::Service",
            "catalog::Shape",
            "catalog::looks_accelerated",
            "finding::hex",
            "frame",
            "report::BillTotal",
            "settings",
            "snapshot",
            "text",
            "units",
            "usage",
            "window",
        ],
    ),
    ("snapshot", &["finding::hex", "frame", "report::BillTotal", "units", "usage", "window"]),
    ("usage", &["frame", "nearest", "provider::table", "window"]),
    (
        "demo",
        &[
            "catalog",
            "finding::hex",
            "frame",
            "report::BillTotal",
            "settings",
            "snapshot",
            "units",
            "usage",
            "window",
        ],
    ),
    // Measuring. Not: rules, or where data came from.
    (
        "fact",
        &[
            "calendar",
            "catalog",
            "frame",
            "report::TelemetrySummary",
            "saving::Bill",
            "saving::BillHour",
            "saving::SubjectBill",
            "settings",
            "snapshot",
            "units",
            "usage",
            "window",
        ],
    ),
    // Judging: values of facts and nothing behind them.
    (
        "rule",
        &[
            "fact::FactRow",
            "fact::FactSpec",
            "fact::FactTable",
            "fact::FactType",
            "fact::SubjectKind",
            "fact::SubjectRef",
            "fact::Value",
            "finding",
            "nearest",
            "text",
            "units",
        ],
    ),
    // Reconciling: bills and findings.
    ("saving", &["calendar", "fact::SubjectKind", "finding", "units", "window"]),
    // Speaking: the report and nothing else.
    (
        "report",
        &[
            "fact::SubjectKind",
            "fact::SubjectRef",
            "fact::Value",
            "finding",
            "snapshot::CallCount",
            "snapshot::Gap",
            "text",
            "units",
            "window",
        ],
    ),
    // Deciding.
    (
        "settings",
        &[
            "calendar",
            "fact::FactRow",
            "fact::SubjectKind",
            "fact::Value",
            "finding",
            "frame",
            "nearest",
            "rule::Condition",
            "rule::ExprError",
            "units",
            "window",
        ],
    ),
    // Joining.
    (
        "audit",
        &[
            "calendar",
            "catalog",
            "fact",
            "finding",
            "report",
            "rule",
            "saving",
            "settings",
            "snapshot",
            "units",
            "usage::Measure",
            "window",
        ],
    ),
    // The edge.
    ("cli", &["error", "fact::SubjectKind", "finding", "report::GroupBy", "units"]),
    (
        "error",
        &[
            "audit::AuditError",
            "catalog::CatalogError",
            "provider",
            "rule",
            "settings",
            "snapshot::SnapshotError",
        ],
    ),
    ("output", &["cli", "error", "settings::env"]),
];

/// Whether a module may use a path such as `fact::Value`.
pub(super) fn may_use(module: &str, path: &str) -> bool {
    let below = |allowed: &str| {
        path.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    below(module)
        || MAY_USE
            .iter()
            .find(|(name, _)| *name == module)
            .is_some_and(|(_, allowed)| allowed.iter().any(|allowed| below(allowed)))
}

/// The paths below `crate::` that code names, with groups taken apart. A module that is imported whole counts as what is
/// taken from it by name.
pub(super) fn used(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, word) in code.match_indices("crate::") {
        expand(&code[at + word.len()..], "", &mut found);
    }
    let whole: Vec<String> = found.iter().filter(|path| !path.contains("::")).cloned().collect();
    for module in whole {
        let is_inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let qualifier = format!("{module}::");
        let mut is_qualified = false;
        for (at, _) in code.match_indices(&qualifier) {
            if !code[..at].ends_with(is_inside) {
                expand(&code[at + qualifier.len()..], &module, &mut found);
                is_qualified = true;
            }
        }
        if is_qualified {
            found.remove(&module);
        }
    }
    found
}

/// Adds the paths of a use tree below `prefix`, and returns what follows the tree.
fn expand<'a>(rest: &'a str, prefix: &str, found: &mut BTreeSet<String>) -> &'a str {
    let rest = rest.trim_start();
    if let Some(mut rest) = rest.strip_prefix('{') {
        loop {
            rest = expand(rest, prefix, found);
            // What may be left of a branch is ` as name`.
            rest = rest.trim_start_matches(|c| c != ',' && c != '}');
            match rest.strip_prefix(',') {
                Some(next) if !next.trim_start().starts_with('}') => rest = next,
                Some(next) => return next.trim_start().trim_start_matches('}'),
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (word, rest) = rest.split_at(end);
    let path = match (prefix, word) {
        (prefix, "" | "self") => prefix.to_owned(),
        ("", word) => word.to_owned(),
        (prefix, word) => format!("{prefix}::{word}"),
    };
    match rest.strip_prefix("::") {
        Some(deeper) if !word.is_empty() => expand(deeper, &path, found),
        _ => {
            found.insert(path);
            rest
        }
    }
}

#[test]
fn a_group_of_imports_is_taken_apart() {
    let code = "use crate::{\n    fact::{self, Value as V, table::{A, B}},\n    units::Usd,\n};\nlet x = crate::finding::hex(y);";
    let expected =
        ["fact::Value", "fact::table::A", "fact::table::B", "finding::hex", "units::Usd"];
    assert_eq!(used(code), expected.map(str::to_owned).into());
}

#[test]
fn a_module_imported_whole_counts_as_what_is_taken_from_it() {
    let code = "use crate::{report, snapshot};\nfn f(gap: &snapshot::Gap) { report::table(gap) }";
    assert_eq!(used(code), ["report::table", "snapshot::Gap"].map(str::to_owned).into());
}

#[test]
fn a_wall_lets_through_only_the_items_it_names() {
    assert!(may_use("rule", "fact::Value::Null"));
    assert!(!may_use("rule", "fact::Facts"));
    assert!(!may_use("rule", "fact"));
    assert!(!may_use("report", "frame"));
}
