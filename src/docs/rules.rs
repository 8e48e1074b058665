//! `docs/rules/*.md`, and the table in `rules/README.md`.

use std::{collections::BTreeMap, io};

use super::page::{Page, cell, table};
use crate::rule::{Catalog, explain};

const START: &str = "<!-- rules:start -->";
const END: &str = "<!-- rules:end -->";

/// A page per rule, by file name.
pub fn rule_pages(rules: &Catalog) -> io::Result<BTreeMap<String, String>> {
    let mut pages = BTreeMap::new();
    for rule in rules.rules() {
        let mut out = Vec::new();
        explain::write(rule, &mut out, explain::Style::Markdown)?;
        let page = Page::of(&String::from_utf8_lossy(&out));
        pages.insert(format!("{}.md", rule.id), page.into_text());
    }
    Ok(pages)
}

/// `rules/README.md` with a fresh table of all rules between its markers. `None`: it lacks the markers.
pub fn rules_readme(readme: &str, rules: &Catalog) -> Option<String> {
    let (before, rest) = readme.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    let rows = rules.rules().map(|rule| {
        vec![
            format!("[`{0}`](../docs/rules/{0}.md)", rule.id),
            rule.subject.to_string(),
            rule.action_word().to_owned(),
            rule.severity.word().to_owned(),
            cell(&rule.title),
        ]
    });
    let table = table(&["Rule", "Judges", "Action", "Severity", "Finds"], rows);
    Some(format!("{before}{START}\n\n{table}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_replaces_what_stands_between_the_markers() {
        let readme = format!("above\n{START}\nold\n{END}\nbelow\n");
        let expected = format!(
            "above\n{START}\n\n| Rule | Judges | Action | Severity | Finds |\n|---|---|---|---|---|\n\n{END}\nbelow\n"
        );
        assert_eq!(rules_readme(&readme, &Catalog::default()), Some(expected));
        assert_eq!(rules_readme("no markers", &Catalog::default()), None);
    }
}
