//! Rules and settings: the error points into the file.

use insta::assert_snapshot;

use super::refused;
use crate::support::Folder;

const RULE: &str = include_str!("../../../fixtures/rules/gpu-without-owner.toml");

/// What is said about the rule after a change.
fn said(from: &str, to: &str) -> String {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("mine")).unwrap();
    folder.write("mine/gpu-without-owner.toml", RULE);
    folder.replace("mine/gpu-without-owner.toml", from, to);
    let said = refused(&folder, "--demo --rules mine");
    assert_eq!(folder.run("rules check mine/gpu-without-owner.toml").code, 2);
    said
}

#[test]
fn a_fact_that_does_not_exist() {
    assert_snapshot!(said("owner IS NULL", "ownr IS NULL"), @r#"
    rule::unknown_fact

      × rule `gpu-without-owner` reads `ownr`, which is neither a fact of
      │ `accelerator` nor a parameter of the rule
        ╭─[mine/gpu-without-owner.toml:18:10]
     17 │ trust = "TRUE"
     18 │ when  = "ownr IS NULL"
        ·          ──┬─
        ·            ╰── here
     19 │
        ╰────
      help: did you mean `owner`? `ai-cost facts accelerator` lists the facts
    "#);
}

#[test]
fn a_comparison_of_text_with_a_number() {
    assert_snapshot!(said("owner IS NULL", "owner > 3"), @r#"
    rule::type_mismatch

      × rule `gpu-without-owner` has a type error: `>` takes a number, this is a
      │ text
        ╭─[mine/gpu-without-owner.toml:18:10]
     17 │ trust = "TRUE"
     18 │ when  = "owner > 3"
        ·          ──┬──
        ·            ╰── here
     19 │
        ╰────
      help: only numbers have an order and can be computed with
    "#);
}

#[test]
fn a_condition_that_is_no_condition() {
    assert_snapshot!(said("owner IS NULL", "running_hours + 1"), @r#"
    rule::type_mismatch

      × rule `gpu-without-owner` has a type error: a yes/no is expected here, the
      │ expression yields a number
        ╭─[mine/gpu-without-owner.toml:18:10]
     17 │ trust = "TRUE"
     18 │ when  = "running_hours + 1"
        ·          ────────┬────────
        ·                  ╰── here
     19 │
        ╰────
      help: compare it with something: `count > 0`
    "#);
}

#[test]
fn a_condition_that_breaks_off() {
    assert_snapshot!(said("owner IS NULL", "owner IS NULL AND ("), @r#"
    rule::syntax

      × rule `gpu-without-owner` has a syntax error: a value is expected, found
      │ the end
        ╭─[mine/gpu-without-owner.toml:18:28]
     17 │ trust = "TRUE"
     18 │ when  = "owner IS NULL AND ("
        ·                            ┬
        ·                            ╰── here
     19 │
        ╰────
      help: write a fact, a parameter, a number, a 'text' or a bracket there
    "#);
}

#[test]
fn a_file_that_is_not_toml() {
    assert_snapshot!(said("[judge]", "[judge"), @r#"
    rule::toml

      × rule `gpu-without-owner` cannot be read: unclosed table, expected `]`
        ╭─[mine/gpu-without-owner.toml:15:7]
     14 │
     15 │ [judge
        ·       ▲
        ·       ╰── here
     16 │ scope = "running_hours >= min_running_hours"
        ╰────
      help: `docs/adding-a-rule.md` shows a complete rule file
    "#);
}

#[test]
fn settings_with_a_misspelt_key() {
    let folder = Folder::new();
    folder.write("ai-cost.toml", "[policy]\ntime_zon = 'Europe/Berlin'\n");
    assert_snapshot!(refused(&folder, "--demo"), @r"
    settings::file

      × `time_zon` is no setting
       ╭─[ai-cost.toml:2:1]
     1 │ [policy]
     2 │ time_zon = 'Europe/Berlin'
       · ────┬───
       ·     ╰── here
       ╰────
      help: did you mean `time_zone`?
    ");
}

#[test]
fn settings_with_a_time_zone_that_does_not_exist() {
    let folder = Folder::new();
    folder.write("ai-cost.toml", "[policy]\ntime_zone = 'Europe/Atlantis'\n");
    assert_snapshot!(refused(&folder, "--demo"), @r"
    settings::file

      × `policy.time_zone` must be an IANA time zone such as `Europe/Berlin`, but
      │ is the text `Europe/Atlantis`
       ╭─[ai-cost.toml:2:13]
     1 │ [policy]
     2 │ time_zone = 'Europe/Atlantis'
       ·             ────────┬────────
       ·                     ╰── here
       ╰────
      help: did you mean `Europe/Athens`?
    ");
}

#[test]
fn an_exemption_with_a_misspelt_fact() {
    let folder = Folder::new();
    folder.write(
        "ai-cost.toml",
        "[[exemptions]]\nrule = 'gpu-idle'\ncondition = \"nam = 'x'\"\nreason = 'Shown to visitors'\n\
         until = 2027-03-31\n",
    );
    assert_snapshot!(refused(&folder, "--demo"), @r#"
    settings::exemption_condition

      × the exemption "Shown to visitors" of `gpu-idle` has a condition that is
      │ not valid: the expression reads `nam`, which is neither a fact of
      │ `accelerator` nor a parameter of the rule
      help: `ai-cost facts accelerator` lists the facts it may read
    "#);
}

#[test]
fn a_percentage_where_a_ratio_is_meant() {
    let folder = Folder::new();
    let said = refused(
        &folder,
        "--demo --set rules.gpu-idle-holding-memory.params.max_active_hours_ratio=5",
    );
    assert_snapshot!(said, @r"
    rule::param_bounds

      × parameter `max_active_hours_ratio` of rule `gpu-idle-holding-memory` must
      │ be from 0 to 1, but 5 is given
      help: a ratio is a share of one: write 0.05 for 5 %
    ");
}
