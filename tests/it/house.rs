//! The laws of `docs/design.md` that a compiler cannot hold, as tests over the tree of files.

mod imports;
mod source;
mod words;

use ai_cost::{
    frame::{
        ColumnSpec, Commitments, Costs, FieldType, FrameKind, Invocations, Prices, Resources,
        Usage, Workloads,
    },
    units::Unit,
};

use self::source::{SourceFile, files, program_sources};

/// Longest file that needs no reason to be long.
const MAX_LINES: usize = 400;

/// Numbers whose name carries no unit, each with what it counts in.
const UNITLESS: &[(&str, &str)] = &[
    ("gpu_index", "a position"),
    ("billed_hours_mask", "a set of hours"),
    ("quantity", "in `quantity_unit`, which the bill chooses"),
];

/// Where servers are asked.
const NETWORKED: &[&str] =
    &["src/provider/aws/", "src/provider/call.rs", "src/provider/kubernetes/"];

/// Fails with all offenders at once, each on a line.
#[track_caller]
fn assert_none(offenders: &[String], law: &str) {
    assert!(offenders.is_empty(), "{law}:\n  {}\n", offenders.join("\n  "));
}

#[test]
fn a_module_uses_only_what_the_table_allows() {
    let offenders: Vec<String> = program_sources()
        .iter()
        .filter(|file| !imports::JOINS.contains(&file.module()))
        .flat_map(|file| {
            imports::used(&file.program())
                .into_iter()
                .filter(|used| !imports::may_use(file.module(), used))
                .map(|used| format!("{} uses {used}", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_none(&offenders, "an import that tests/it/house/imports.rs does not allow");
}

#[test]
fn the_table_of_imports_names_every_module_and_no_other() {
    let mut modules: Vec<String> =
        program_sources().iter().map(|file| file.module().to_owned()).collect();
    modules.sort();
    modules.dedup();
    let mut listed: Vec<&str> =
        imports::MAY_USE.iter().map(|(module, _)| *module).chain(imports::JOINS).collect();
    listed.sort_unstable();
    assert_eq!(listed, modules);
}

#[test]
fn only_providers_of_servers_wait_and_open_sockets() {
    let forbidden = ["async fn", "async move", "async {", ".await", "tokio", "std::net", "reqwest"];
    let offenders: Vec<String> = mentions(&forbidden, &["src/command/providers.rs"])
        .into_iter()
        .filter(|place| NETWORKED.iter().all(|path| !place.starts_with(path)))
        .collect();
    assert_none(&offenders, "after collection everything is read from files, one after the other");
}

#[test]
fn only_main_prints_and_only_main_owns_standard_output() {
    let forbidden = ["print!(", "println!(", "stdout()", "stderr()"];
    assert_none(&mentions(&forbidden, &["src/main.rs"]), "write to an `impl Write` instead");
}

#[test]
fn only_settings_env_reads_the_environment_and_nobody_the_clock() {
    assert_none(&mentions(&["env::var"], &["src/settings/env.rs"]), "pass it in");
    assert_none(
        &mentions(&["::now()"], &["src/main.rs"]),
        "an audit knows its window and no other time",
    );
}

/// Where program code, without comments and tests, holds one of some texts.
fn mentions(forbidden: &[&str], except: &[&str]) -> Vec<String> {
    let sources = program_sources();
    let files = sources.iter().filter(|file| !except.contains(&file.path.as_str()));
    files.flat_map(|file| file.places_of(forbidden, &file.program())).collect()
}

#[test]
fn a_file_over_400_lines_says_why() {
    let offenders: Vec<String> = files("src", &["rs"])
        .iter()
        .chain(&files("tests", &["rs"]))
        .filter(|file| {
            file.text.lines().take(20).all(|line| !line.starts_with("//! Long because:"))
        })
        .map(|file| (file.program_line_count(), &file.path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert_none(&offenders, "cut it, or add a line `//! Long because: …` near its top");
}

#[test]
fn every_file_of_the_program_says_what_it_is_for() {
    let offenders: Vec<String> = program_sources()
        .iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.path.clone())
        .collect();
    assert_none(&offenders, "the first line is `//! What it is for.`");
}

fn columns<K: FrameKind>() -> impl Iterator<Item = (&'static str, &'static ColumnSpec)> {
    K::COLUMNS.iter().map(|column| (K::NAME, column))
}

fn all_columns() -> Vec<(&'static str, &'static ColumnSpec)> {
    columns::<Resources>()
        .chain(columns::<Usage>())
        .chain(columns::<Invocations>())
        .chain(columns::<Costs>())
        .chain(columns::<Prices>())
        .chain(columns::<Commitments>())
        .chain(columns::<Workloads>())
        .collect()
}

#[test]
fn every_column_carries_its_unit_in_its_name() {
    let wrong = |column: &ColumnSpec| match column.dtype {
        FieldType::Float | FieldType::Int => {
            Unit::of(column.name) == Unit::None
                && UNITLESS.iter().all(|(name, _)| *name != column.name)
        }
        FieldType::Bool => !column.name.starts_with("is_") && !column.name.starts_with("has_"),
        FieldType::Instant => {
            ["_at", "_start", "_end"].iter().all(|end| !column.name.ends_with(end))
        }
        FieldType::Text => Unit::of(column.name) != Unit::None,
    };
    let offenders: Vec<String> = all_columns()
        .into_iter()
        .filter(|(_, column)| wrong(column))
        .map(|(frame, column)| format!("{frame}.{} ({})", column.name, column.dtype))
        .collect();
    assert_none(&offenders, "names end in a unit of src/units.rs");
}

#[test]
fn every_column_says_what_it_is_and_what_a_null_in_it_means() {
    let offenders: Vec<String> = all_columns()
        .into_iter()
        .filter(|(_, column)| {
            let explains_null = column.doc.contains("Null: ");
            column.doc.trim().len() < 4 || explains_null != column.is_nullable
        })
        .map(|(frame, column)| format!("{frame}.{}: {}", column.name, column.doc.trim()))
        .collect();
    assert_none(&offenders, "nullable columns have a sentence `Null: …`, the others have none");
}

#[test]
fn the_expressions_of_rules_know_no_cloud() {
    let offenders: Vec<String> = files("rules", &["toml"])
        .iter()
        .flat_map(|file| words::clouds_in_expressions(&file.path, &file.text))
        .collect();
    assert_none(&offenders, "a rule reads facts; commands stand in `[action.change]` and prose");
}

#[test]
fn every_dependency_has_a_row_in_its_page_and_no_other_has() {
    let page = SourceFile::read("docs/dependencies.md");
    let mut listed: Vec<&str> =
        page.text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    listed.sort_unstable();
    let manifest: toml::Table = SourceFile::read("Cargo.toml").text.parse().unwrap();
    let mut used: Vec<&str> = ["dependencies", "dev-dependencies"]
        .iter()
        .flat_map(|table| manifest[*table].as_table().unwrap().keys().map(String::as_str))
        .collect();
    used.sort_unstable();
    // What tests need more of than the program does has one row.
    used.dedup();
    assert_eq!(listed, used);
}

#[test]
fn no_example_names_a_real_account() {
    let offenders: Vec<String> = words::public_texts()
        .iter()
        .flat_map(|file| words::unknown_accounts(&file.path, &file.text))
        .collect();
    assert_none(&offenders, "use one of the example accounts in tests/it/house/words.rs");
}

#[test]
fn no_text_knows_the_machine_it_was_written_on() {
    let offenders: Vec<String> = words::public_texts()
        .iter()
        .flat_map(|file| file.places_of(&words::OF_ONE_MACHINE, &file.text))
        .collect();
    assert_none(&offenders, "a clone elsewhere has no such path");
}
