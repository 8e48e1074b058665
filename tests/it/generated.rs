//! Generated pages equal the committed ones. `BLESS=1 cargo test --test it generated` rewrites them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use ai_cost::{docs, fact::specs_of, rule::Catalog};

use crate::support::ai_cost;

fn path(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(page)
}

#[expect(clippy::disallowed_methods, reason = "a test that rewrites pages on request")]
fn is_blessed() -> bool {
    std::env::var("BLESS").is_ok()
}

fn rules() -> Catalog {
    Catalog::embedded(&specs_of).unwrap()
}

#[track_caller]
fn assert_fresh(page: &str, fresh: &str) {
    if is_blessed() {
        fs::create_dir_all(path(page).parent().unwrap()).unwrap();
        fs::write(path(page), fresh).unwrap();
    }
    let committed = fs::read_to_string(path(page)).unwrap_or_default();
    let differs = committed.lines().zip(fresh.lines()).position(|(old, new)| old != new);
    let line = differs.unwrap_or_else(|| committed.lines().count().min(fresh.lines().count())) + 1;
    assert!(
        committed == fresh,
        "{page} is stale from line {line} on: `BLESS=1 cargo test --test it generated` rewrites it"
    );
}

#[test]
fn the_page_of_facts_is_fresh() {
    assert_fresh("docs/facts.md", &docs::facts_page());
}

#[test]
fn the_page_of_frames_is_fresh() {
    assert_fresh("docs/frames.md", &docs::frames_page());
}

#[test]
fn the_page_of_commands_is_fresh() {
    assert_fresh("docs/cli.md", &docs::cli_page());
}

#[test]
fn the_page_of_settings_is_fresh() {
    assert_fresh("docs/settings.md", &docs::settings_page());
}

#[cfg(all(feature = "aws", feature = "kubernetes"))]
#[test]
fn the_page_of_permissions_is_fresh() {
    assert_fresh("docs/permissions.md", &docs::permissions_page());
}

#[cfg(feature = "kubernetes")]
#[test]
fn the_role_to_apply_is_that_of_the_code() {
    assert_fresh("docs/kubernetes/role.yaml", &ai_cost::provider::kubernetes::cluster_role());
}

#[test]
fn the_table_of_rules_is_fresh() {
    let readme = fs::read_to_string(path("rules/README.md")).unwrap();
    let fresh = docs::rules_readme(&readme, &rules()).expect("markers in rules/README.md");
    assert_fresh("rules/README.md", &fresh);
}

#[test]
fn every_rule_has_a_fresh_page_and_no_page_is_left_over() {
    let pages = docs::rule_pages(&rules()).unwrap();
    for (name, text) in &pages {
        assert_fresh(&format!("docs/rules/{name}"), text);
    }
    let committed = fs::read_dir(path("docs/rules")).unwrap();
    let committed: BTreeSet<String> =
        committed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(committed, pages.into_keys().collect());
}

/// What the README quotes from the demo is what the demo prints.
#[test]
fn the_readme_shows_the_demo_as_it_is() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    let excerpt = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let output = ai_cost("audit --demo --width 80").done();
    let mut printed = output.lines();
    for line in excerpt.lines().filter(|line| line.trim() != "…") {
        assert!(
            printed.any(|other| other == line),
            "the demo does not print this line of the README, or not in this place:\n{line}"
        );
    }
}
