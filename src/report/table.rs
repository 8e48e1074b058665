//! The terminal table: findings by counted saving, then everything one must know to trust the sum.
//!
//! At most terminal widths a finding is a row of short columns with its subject and message below it, so that nothing
//! is cut that a person needs to copy. `wide` is one row per finding with everything in it, as long as it takes.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use comfy_table::{Cell, CellAlignment, Color, Row, Table};

use super::{
    Group, GroupBy, Report,
    resolution::resolution_note,
    tail::{self, Lines},
    words::{counted, detail, label, len, range, short_range},
};
use crate::{
    finding::{Claim, Resolved, Severity},
    text::{clean, shorten_middle, width},
    units::{Usd, count, thousands},
};

/// How the table looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// Severity and money in colour.
    pub is_color: bool,
    /// One row per finding with whole ids, however long.
    pub is_wide: bool,
    /// Findings (or groups) shown. `None`: all.
    pub top: Option<usize>,
    /// Groups instead of findings.
    pub group_by: Option<GroupBy>,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self { width: 80, is_color: false, is_wide: false, top: None, group_by: None }
    }
}

/// Columns between two columns.
const GAP: u16 = 2;

/// Columns from which a range is shown with its cents.
const ROOMY_WIDTH: usize = 100;

/// Columns that the name of a group has at least.
const MIN_GROUP_WIDTH: usize = 8;

/// Columns of a fingerprint, which stands below the sum.
const FINGERPRINT_WIDTH: usize = 12;

/// Writes the report as a table.
pub fn render(report: &Report, options: &TableOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines { out, width: options.width };
    let shown = options.top.unwrap_or(usize::MAX);
    if report.findings.is_empty() {
        lines.text("", "", "No findings in what could be judged.")?;
    } else if let Some(by) = options.group_by {
        groups(report, by, shown, options, &mut lines)?;
    } else if options.is_wide {
        wide(report, shown, options, &mut lines)?;
    } else {
        narrow(report, shown, options, &mut lines)?;
    }
    lines.rule()?;
    tail::render(report, &mut lines)
}

/// A table that neither wraps nor draws: the renderers below lay its lines out.
fn table(header: Vec<&str>, rows: Vec<Vec<Cell>>, options: &TableOptions) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::TableStyle::new());
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    table.style_text_only();
    table.force_no_tty();
    if options.is_color {
        table.enforce_styling();
    }
    table.set_header(Row::from(header)).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table
}

fn align_right(table: &mut Table, columns: &[usize]) {
    for &index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn money(text: impl Into<String>) -> Cell {
    Cell::new_owned(text.into()).fg(Color::DarkGreen)
}

fn severity(severity: Severity) -> Cell {
    let cell = Cell::new(severity.word());
    match severity {
        Severity::High => cell.fg(Color::DarkRed),
        Severity::Medium => cell.fg(Color::DarkYellow),
        Severity::Low => cell.fg(Color::DarkCyan),
        Severity::Info => cell,
    }
}

fn counted_range(resolved: &Resolved, show: fn(Claim) -> String) -> String {
    if resolved.counted_usd_per_month.high == Usd::ZERO {
        return String::new();
    }
    show(resolved.counted_usd_per_month)
}

/// A row per finding, with its subject and message below.
fn narrow(
    report: &Report,
    shown: usize,
    options: &TableOptions,
    lines: &mut Lines<'_>,
) -> io::Result<()> {
    let findings: Vec<&Resolved> = report.findings.iter().take(shown).collect();
    let with_rule = narrow_table(&findings, true, options);
    let widths = with_rule.column_max_content_widths();
    let columns: usize = widths.iter().map(|&used| usize::from(used)).sum();
    // Where sums and rule ids are too long to stand side by side, the rule stands below the sum.
    let is_rule_below = columns + usize::from(GAP) * 3 > options.width;
    let table = if is_rule_below { narrow_table(&findings, false, options) } else { with_rule };
    let indent = widths.first().map_or(FINGERPRINT_WIDTH, |&used| usize::from(used));
    let gap = usize::from(GAP);
    let mut drawn = table.lines();
    if let Some(header) = drawn.next() {
        writeln!(lines.out, "{}", header.trim_end())?;
    }
    let below = if is_rule_below { "RULE, SUBJECT" } else { "SUBJECT" };
    writeln!(lines.out, "{:>indent$}{:gap$}{below}", "FINGERPRINT", "")?;
    lines.rule()?;
    for (position, (resolved, row)) in findings.iter().zip(drawn).enumerate() {
        if position > 0 {
            lines.blank()?;
        }
        writeln!(lines.out, "{}", row.trim_end())?;
        below_row(resolved, is_rule_below, indent + gap, lines)?;
    }
    not_shown(report, shown, lines)
}

fn narrow_table(findings: &[&Resolved], has_rule: bool, options: &TableOptions) -> Table {
    let show = if options.width >= ROOMY_WIDTH { range } else { short_range };
    let rows = findings
        .iter()
        .map(|resolved| {
            let mut cells = vec![
                money(format!("{:>FINGERPRINT_WIDTH$}", counted(resolved))),
                money(counted_range(resolved, show)),
                severity(resolved.finding.severity),
            ];
            cells.extend(has_rule.then(|| Cell::new(clean(&resolved.finding.rule))));
            cells
        })
        .collect();
    let mut header = vec!["COUNTED/MO", "LOW–HIGH", "SEVERITY"];
    header.extend(has_rule.then_some("RULE"));
    let mut table = table(header, rows, options);
    align_right(&mut table, &[0]);
    table
}

/// What stands below a row: who, what, and why not all of it counts.
fn below_row(
    resolved: &Resolved,
    is_rule_below: bool,
    indent: usize,
    lines: &mut Lines<'_>,
) -> io::Result<()> {
    let finding = &resolved.finding;
    let gap = usize::from(GAP);
    let rest = " ".repeat(indent);
    let mut prefix = format!("{:>1$}{2:gap$}", finding.fingerprint, indent - gap, "");
    if is_rule_below {
        writeln!(lines.out, "{prefix}{}", clean(&finding.rule))?;
        prefix.clone_from(&rest);
    }
    for line in subject_lines(resolved, lines.width.saturating_sub(indent)) {
        writeln!(lines.out, "{prefix}{line}")?;
        prefix.clone_from(&rest);
    }
    lines.text(&rest, &rest, &clean(&finding.message))?;
    match resolution_note(resolved) {
        Some(note) => lines.text(&format!("{rest}↳ "), &format!("{rest}  "), &note),
        None => Ok(()),
    }
}

/// `trainer-07 · i-0abc · p4d.24xlarge · us-east-1 · team research`, in as many lines as it takes: parts stay whole,
/// and one that is wider than a line loses its middle.
fn subject_lines(resolved: &Resolved, room: usize) -> Vec<String> {
    let subject = &resolved.finding.subject;
    let label = label(subject);
    let tail = clean(detail(subject));
    let parts = [
        Some(label.clone()),
        Some(tail).filter(|tail| *tail != label),
        subject.instance_type.as_deref().map(clean).filter(|name| *name != label),
        Some(clean(&subject.region)),
        subject.team.as_deref().map(|team| Cow::Owned(format!("team {}", clean(team)))),
    ];
    let mut lines: Vec<String> = Vec::new();
    for part in parts.into_iter().flatten().filter(|part| !part.trim().is_empty()) {
        let part = shorten_middle(&part, room);
        match lines.last_mut() {
            Some(line) if width(line) + 3 + width(&part) <= room => {
                line.push_str(" · ");
                line.push_str(&part);
            }
            _ => lines.push(part.into_owned()),
        }
    }
    lines
}

fn not_shown(report: &Report, shown: usize, lines: &mut Lines<'_>) -> io::Result<()> {
    let Some(rest) = report.beyond(shown) else { return Ok(()) };
    let number = u64::try_from(rest.finding_count).unwrap_or(u64::MAX);
    lines.blank()?;
    lines.text(
        "… ",
        "  ",
        &format!(
            "{} not shown (--top {shown}); {} per month of the sum is theirs",
            count(number, "more finding"),
            rest.counted_usd_per_month.likely
        ),
    )
}

/// Everything about each finding in one row, nothing shortened.
fn wide(
    report: &Report,
    shown: usize,
    options: &TableOptions,
    lines: &mut Lines<'_>,
) -> io::Result<()> {
    let optional =
        |text: &Option<String>| Cell::new(text.as_deref().map_or(Cow::Borrowed("–"), clean));
    let rows = report
        .findings
        .iter()
        .take(shown)
        .map(|resolved| {
            let finding = &resolved.finding;
            let subject = &finding.subject;
            let claim = resolved
                .claim_usd_per_month
                .map_or_else(|| "unknown".to_owned(), |claim| claim.likely.to_string());
            let action = match finding.action.target() {
                Some(target) => format!("{} to {}", finding.action.word(), clean(target)),
                None => finding.action.word().to_owned(),
            };
            vec![
                money(counted(resolved)),
                money(counted_range(resolved, range)),
                money(claim),
                money(resolved.freed_usd_per_month.to_string()),
                severity(finding.severity),
                Cell::new(finding.confidence.word()),
                Cell::new(finding.fingerprint.as_str()),
                Cell::new(clean(&finding.rule)),
                Cell::new(action),
                Cell::new(clean(&subject.provider)),
                Cell::new(clean(&subject.account_id)),
                Cell::new(clean(&subject.region)),
                optional(&subject.instance_type),
                optional(&subject.name),
                optional(&subject.team),
                optional(&subject.owner),
                Cell::new(clean(&subject.resource_id)),
                Cell::new(resolved.resolution.word()),
                Cell::new(clean(&finding.message)),
            ]
        })
        .collect();
    let header = vec![
        "COUNTED/MO",
        "LOW–HIGH",
        "CLAIM/MO",
        "FREED/MO",
        "SEVERITY",
        "CONFIDENCE",
        "FINGERPRINT",
        "RULE",
        "ACTION",
        "PROVIDER",
        "ACCOUNT",
        "REGION",
        "TYPE",
        "NAME",
        "TEAM",
        "OWNER",
        "RESOURCE ID",
        "RESOLUTION",
        "MESSAGE",
    ];
    let mut table = table(header, rows, options);
    align_right(&mut table, &[0, 2, 3]);
    draw(&table, lines)?;
    not_shown(report, shown, lines)
}

/// A row per group.
fn groups(
    report: &Report,
    by: GroupBy,
    shown: usize,
    options: &TableOptions,
    lines: &mut Lines<'_>,
) -> io::Result<()> {
    let all = report.groups(by);
    let is_roomy = options.is_wide || options.width >= ROOMY_WIDTH;
    let show = if is_roomy { range } else { short_range };
    let cells = |name: &dyn Fn(&str) -> String| -> Vec<Vec<Cell>> {
        all.iter()
            .take(shown)
            .map(|group| {
                let counted = group.counted_usd_per_month;
                vec![
                    money(counted.likely.to_string()),
                    money(if counted.high == Usd::ZERO { String::new() } else { show(counted) }),
                    money(group.freed_usd_per_month.to_string()),
                    Cell::new(thousands(u64::try_from(group.finding_count).unwrap_or(u64::MAX))),
                    Cell::new_owned(match &group.key {
                        Some(key) => name(&clean(key)),
                        None => format!("(no {})", by.word()),
                    }),
                ]
            })
            .collect()
    };
    let heading = by.word().to_uppercase();
    let header = || vec!["COUNTED/MO", "LOW–HIGH", "FREED/MO", "FINDINGS", &heading];
    let build = |name: &dyn Fn(&str) -> String| {
        let mut table = table(header(), cells(name), options);
        align_right(&mut table, &[0, 2, 3]);
        table
    };
    let whole = build(&str::to_owned);
    let widths = whole.column_max_content_widths();
    let taken: usize = widths.iter().rev().skip(1).map(|&used| usize::from(used + GAP)).sum();
    let room = options.width.saturating_sub(taken).max(MIN_GROUP_WIDTH);
    if options.is_wide {
        draw(&whole, lines)?;
    } else {
        draw(&build(&|name| shorten_middle(name, room).into_owned()), lines)?;
    }
    let Some(hidden) = all.get(shown..).filter(|hidden| !hidden.is_empty()) else { return Ok(()) };
    let text = format!(
        "{} not shown (--top {shown}); {} per month of the sum is theirs",
        count(len(hidden), "more group"),
        Group::counted_by(hidden).likely
    );
    lines.blank()?;
    lines.text("… ", "  ", &text)
}

fn draw(table: &Table, lines: &mut Lines<'_>) -> io::Result<()> {
    for (position, line) in table.lines().enumerate() {
        writeln!(lines.out, "{}", line.trim_end())?;
        if position == 0 {
            lines.rule()?;
        }
    }
    Ok(())
}
