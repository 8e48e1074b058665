//! A short summary in Markdown, for pull requests and job summaries.
//!
//! Hosts refuse or cut long texts (GitHub takes 65,536 characters in a comment), so this one stays below 60,000
//! whatever the input, and says what it left out.

use std::io::{self, Write};

use super::{
    Group, GroupBy, NotJudged, Report,
    words::{self, closing, id_tail, not_judged_cost, not_judged_subjects, range},
};
use crate::{
    finding::Resolved,
    snapshot::Gap,
    text::{clean, markdown, shorten_middle},
    units::{Unit, Usd, count, thousands},
};

/// Characters the summary never exceeds.
pub const MAX_CHARS: usize = 60_000;

/// Characters kept for saying what was left out.
const RESERVE_CHARS: usize = 1_000;

/// Findings in the first table.
const TOP: usize = 10;

/// Rows of every other list.
const LISTED: usize = 25;

/// Columns after which a name or sentence loses its middle, before it is escaped.
const NAME_WIDTH: usize = 80;
const SENTENCE_WIDTH: usize = 300;

/// Writes the summary.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet::default();
    headline(report, &mut sheet);
    findings(report, &mut sheet);
    teams(report, &mut sheet);
    list(&mut sheet, "Not judged", "reason", &report.not_judged, not_judged);
    list(&mut sheet, "Not seen", "gap", &report.gaps, gap);
    list(&mut sheet, "Read first", "warning", &report.warnings, |warning| sentence(warning));
    list(&mut sheet, "Servers", "server", &report.provenance.asked, |asked| {
        sentence(&words::asked(asked))
    });
    out.write_all(sheet.finish().as_bytes())
}

/// Lines up to a number of characters; what does not fit is counted.
#[derive(Debug, Default)]
struct Sheet {
    text: String,
    used: usize,
    cut: Vec<(String, u64)>,
}

impl Sheet {
    /// Adds a whole line, or refuses it.
    fn line(&mut self, line: &str) -> bool {
        let length = line.chars().count() + 1;
        if self.used + length > MAX_CHARS - RESERVE_CHARS {
            return false;
        }
        self.used += length;
        self.text.push_str(line);
        self.text.push('\n');
        true
    }

    /// Adds lines under a head (which is added only with a first line), and remembers how many were left out.
    fn lines<T>(
        &mut self,
        what: &str,
        head: &[&str],
        items: &[T],
        most: usize,
        show: impl Fn(&T) -> String,
    ) {
        let mut shown = 0;
        for item in items.iter().take(most) {
            let line = show(item);
            let is_room = if shown == 0 {
                self.line(&format!("{}\n{line}", head.join("\n")))
            } else {
                self.line(&line)
            };
            if !is_room {
                break;
            }
            shown += 1;
        }
        let left = u64::try_from(items.len() - shown).unwrap_or(u64::MAX);
        if left > 0 {
            self.cut.push((what.to_owned(), left));
        }
    }

    /// The text, and what it leaves out.
    fn finish(mut self) -> String {
        if !self.cut.is_empty() {
            let cut: Vec<String> = self.cut.iter().map(|(what, left)| count(*left, what)).collect();
            self.text.push_str("\n_Left out here, and in the full report: ");
            self.text.push_str(&cut.join(", "));
            self.text.push_str("._\n");
        }
        self.text
    }
}

fn name(text: &str) -> String {
    markdown(&shorten_middle(&clean(text), NAME_WIDTH))
}

fn sentence(text: &str) -> String {
    markdown(&shorten_middle(&clean(text), SENTENCE_WIDTH))
}

fn headline(report: &Report, sheet: &mut Sheet) {
    let totals = &report.totals;
    let counted = totals.counted_usd_per_month;
    sheet.line(&format!("## {} per month can be saved", counted.likely));
    sheet.line("");
    let mut parts = vec![format!("Between {} and {}", counted.low, counted.high)];
    if let Some(effective) = totals.effective_usd_per_month {
        parts.push(format!("out of {effective} per month"));
    }
    if let Some(ratio) = totals.waste_ratio {
        parts.push(format!("{} of it is waste, counted and freed", Unit::Ratio.show(ratio)));
    }
    sheet.line(&format!("{}.", parts.join(", ")));
    if totals.freed_usd_per_month != Usd::ZERO {
        sheet.line(&format!(
            "{} per month more is freed, not saved: it is paid either way.",
            totals.freed_usd_per_month
        ));
    }
    if let Some(left_out) = words::left_out(totals) {
        sheet.line(&format!("Left out of the cost: {left_out}."));
    }
    if let Some(blind) = words::blind(totals) {
        sheet.line(&format!("{blind}."));
    }
    sheet.line("");
    let (start, end) = (report.window.start_at(), report.window.end_at());
    sheet.line(&format!("{}. From {start} to {end}.", closing(report)));
}

fn findings(report: &Report, sheet: &mut Sheet) {
    let head = [
        "",
        "### Findings",
        "",
        "| Counted per month | Range | Severity | Rule | Subject | Type | Region | Team | Finding | Fingerprint |",
        "|---:|---|---|---|---|---|---|---|---|---|",
    ];
    sheet.lines("more finding", &head, &report.findings, TOP, finding);
}

fn finding(resolved: &Resolved) -> String {
    let finding = &resolved.finding;
    let subject = &finding.subject;
    let counted = resolved.counted_usd_per_month;
    let cells = [
        words::counted(resolved),
        if counted.high == Usd::ZERO { String::new() } else { range(counted) },
        finding.severity.word().to_owned(),
        name(&finding.rule),
        name(subject.name.as_deref().unwrap_or_else(|| id_tail(&subject.resource_id))),
        subject.instance_type.as_deref().map(name).unwrap_or_default(),
        name(&subject.region),
        subject.team.as_deref().map(name).unwrap_or_default(),
        sentence(&finding.message),
        format!("`{}`", finding.fingerprint),
    ];
    format!("| {} |", cells.join(" | "))
}

fn teams(report: &Report, sheet: &mut Sheet) {
    let groups = report.groups(GroupBy::Team);
    let head = [
        "",
        "### Teams",
        "",
        "| Team | Counted per month | Range | Findings |",
        "|---|---:|---|---:|",
    ];
    sheet.lines("more team", &head, &groups, LISTED, team);
}

fn team(group: &Group) -> String {
    let key = group.key.as_deref().map_or_else(|| "(no team)".to_owned(), name);
    let counted = group.counted_usd_per_month;
    let findings = thousands(u64::try_from(group.finding_count).unwrap_or(u64::MAX));
    format!("| {key} | {} | {} | {findings} |", counted.likely, range(counted))
}

/// A bulleted section of sentences.
fn list<T>(sheet: &mut Sheet, heading: &str, what: &str, items: &[T], show: impl Fn(&T) -> String) {
    let heading = format!("### {heading}");
    sheet.lines(&format!("more {what}"), &["", &heading, ""], items, LISTED, |item| {
        format!("- {}", show(item))
    });
}

fn not_judged(not_judged: &NotJudged) -> String {
    format!(
        "{} ({}) by {}: {}",
        not_judged_subjects(not_judged),
        not_judged_cost(not_judged),
        sentence(&not_judged.rules.join(", ")),
        sentence(&not_judged.meaning),
    )
}

fn gap(gap: &Gap) -> String {
    format!(
        "**{}**: {}. It hides {}. {}",
        name(&gap.what),
        sentence(&gap.because),
        sentence(&gap.hides),
        sentence(&gap.remedy)
    )
}
