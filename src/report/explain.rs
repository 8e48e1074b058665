//! One finding in full: what was measured, when the resource worked, what the bill would have been, what to change.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Row, Table, TableStyle};

use super::{
    ExplainedWeek, Explanation, Report,
    resolution::resolution_sentence,
    tail::Lines,
    words::{amount, known, value},
};
use crate::{
    finding::Resolution,
    text::{clean, shorten_middle},
    units::Usd,
};

/// The narrowest layout: the picture of the week needs this much.
const MIN_WIDTH: usize = 64;

/// Writes one finding. `report` names the findings it shares its saving with.
///
/// `width` is in columns; the pictures take 64 even where there are fewer.
pub fn render(
    explanation: &Explanation,
    report: &Report,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut lines = Lines { out, width: width.max(MIN_WIDTH) };
    let lines = &mut lines;
    header(explanation, lines)?;
    money(explanation, report, lines)?;
    evidence(explanation, lines)?;
    week(explanation, lines)?;
    bill(explanation, lines)?;
    if !explanation.prices.is_empty() {
        lines.heading("Prices used")?;
        for price in &explanation.prices {
            lines.text("  · ", "    ", &clean(price))?;
        }
    }
    prose("Why", &explanation.why, lines)?;
    prose("When this is wrong", &explanation.false_positives, lines)?;
    prose("What to do", &explanation.remedy, lines)?;
    if let Some(change) = &explanation.change {
        lines.heading("The change")?;
        // Whole and unindented, so that it can be copied.
        for line in change.lines() {
            writeln!(lines.out, "{}", clean(line))?;
        }
    }
    Ok(())
}

fn header(explanation: &Explanation, lines: &mut Lines<'_>) -> io::Result<()> {
    let finding = &explanation.finding.finding;
    let subject = &finding.subject;
    lines.text("", "", &format!("{} · {}", clean(&finding.rule), clean(&finding.title)))?;
    lines.rule()?;
    lines.text("", "", &clean(&finding.message))?;
    lines.blank()?;
    let mut rows: Vec<(&str, Option<&str>)> = vec![
        ("Resource", Some(&subject.resource_id)),
        ("Name", subject.name.as_deref()),
        ("Kind", Some(&subject.kind)),
        ("Type", subject.instance_type.as_deref()),
        ("Provider", Some(&subject.provider)),
        ("Account", Some(&subject.account_id)),
        ("Region", Some(&subject.region)),
        ("Team", subject.team.as_deref()),
        ("Owner", subject.owner.as_deref()),
    ];
    rows.push(("Severity", Some(finding.severity.word())));
    rows.push(("Confidence", Some(finding.confidence.word())));
    rows.push(("Action", Some(finding.action.word())));
    rows.push(("Move to", finding.action.target()));
    rows.push(("Fingerprint", Some(finding.fingerprint.as_str())));
    for (name, text) in rows {
        if let Some(text) = text {
            lines.text(&format!("{name:<13}"), &" ".repeat(13), &clean(text))?;
        }
    }
    Ok(())
}

fn money(explanation: &Explanation, report: &Report, lines: &mut Lines<'_>) -> io::Result<()> {
    let resolved = &explanation.finding;
    lines.heading("Saving")?;
    if resolved.resolution != Resolution::Informational {
        let per_month = |text: String| format!("{text} per month");
        let rows = [
            (
                "  alone",
                resolved
                    .claim_usd_per_month
                    .map_or_else(|| known(None), |claim| per_month(amount(claim))),
            ),
            ("  counted", per_month(amount(resolved.counted_usd_per_month))),
            ("  freed", per_month(resolved.freed_usd_per_month.to_string())),
        ];
        for (name, text) in rows {
            lines.text(&format!("{name:<13}"), &" ".repeat(13), &text)?;
        }
    }
    lines.text("  ", "  ", &resolution_sentence(resolved, report))
}

fn evidence(explanation: &Explanation, lines: &mut Lines<'_>) -> io::Result<()> {
    let evidence = &explanation.finding.finding.evidence;
    if evidence.is_empty() {
        return Ok(());
    }
    lines.heading("Evidence")?;
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Disabled);
    let names = evidence.iter().map(|evidence| evidence.fact.len()).max().unwrap_or(0);
    let room = lines.width.saturating_sub(names + 4);
    for item in evidence {
        let shown = value(item.fact, &item.value);
        table.add_row(Row::from(vec![
            item.fact.to_owned(),
            shorten_middle(&shown, room).into_owned(),
        ]));
    }
    for (column, alignment) in
        table.column_iter_mut().zip([CellAlignment::Left, CellAlignment::Left])
    {
        column.set_padding((2, 0));
        column.set_cell_alignment(alignment);
    }
    for line in table.lines() {
        writeln!(lines.out, "{}", line.trim_end())?;
    }
    Ok(())
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// How much of an hour's weeks was active, as a block.
fn block(active: Option<f64>) -> char {
    match active {
        None => '·',
        Some(ratio) if ratio < 0.25 => '░',
        Some(ratio) if ratio < 0.5 => '▒',
        Some(ratio) if ratio < 0.75 => '▓',
        Some(_) => '█',
    }
}

/// Seven rows of 24 hours; beside them the hours the schedule keeps it on.
fn week(explanation: &Explanation, lines: &mut Lines<'_>) -> io::Result<()> {
    const CLOCK: &str = "0     6     12    18    ";
    let active = &explanation.hour_of_week_active_ratio;
    let calendar = &explanation.hour_of_week_is_on;
    if active.is_empty() && calendar.is_empty() {
        return Ok(());
    }
    let zone = clean(&explanation.time_zone);
    lines.heading(&format!("Its week ({zone}): hours in which it was active"))?;
    if calendar.is_empty() {
        writeln!(lines.out, "       {}", CLOCK.trim_end())?;
    } else {
        writeln!(lines.out, "       {CLOCK}   {}", CLOCK.trim_end())?;
    }
    for (day, name) in DAYS.iter().enumerate() {
        let hours = day * 24..(day + 1) * 24;
        let seen: String =
            hours.clone().map(|hour| block(active.get(hour).copied().flatten())).collect();
        let kept: String = hours
            .filter_map(|hour| calendar.get(hour))
            .map(|&is_on| if is_on { '▬' } else { '·' })
            .collect();
        writeln!(lines.out, "{}", format!("  {name}  {seen}   {kept}").trim_end())?;
    }
    let legend = "░ under 25 % of its hours  ▒ 25 %  ▓ 50 %  █ 75 % and more  · not observed";
    lines.text("  ", "  ", legend)?;
    if !calendar.is_empty() {
        lines.text(
            "  ",
            "  ",
            "Right: ▬ on and · off in the schedule that the saving is replayed with",
        )?;
    }
    Ok(())
}

/// The bill week by week, as it was and as the replay of this action alone leaves it.
fn bill(explanation: &Explanation, lines: &mut Lines<'_>) -> io::Result<()> {
    let Some(whole) = explanation.whole_bill() else { return Ok(()) };
    lines.heading("Bill replayed with this action alone")?;
    let weeks = explanation.weeks();
    let largest = weeks.iter().flat_map(|week| [week.before_usd, week.after_usd]).max();
    let room = lines.width.saturating_sub(45);
    for week in &weeks {
        draw_week(week, largest.unwrap_or_default(), room, lines)?;
    }
    writeln!(lines.out, "  {:<12}  before  {:>13}", "whole window", whole.before_usd.to_string())?;
    writeln!(lines.out, "  {:<12}  after   {:>13}", "", whole.after_usd.to_string())
}

fn draw_week(
    week: &ExplainedWeek,
    largest: Usd,
    room: usize,
    lines: &mut Lines<'_>,
) -> io::Result<()> {
    let before = bar(week.before_usd, largest, room, '█');
    let after = bar(week.after_usd, largest, room, '▒');
    let row =
        format!("  {:<12}  before  {:>13}  {before}", week.first, week.before_usd.to_string());
    writeln!(lines.out, "{}", row.trim_end())?;
    let row = format!("  {:<12}  after   {:>13}  {after}", "", week.after_usd.to_string());
    writeln!(lines.out, "{}", row.trim_end())
}

/// A bar whose length is the share of the largest amount; money that is there is never drawn as nothing.
fn bar(usd: Usd, largest: Usd, room: usize, block: char) -> String {
    if usd <= Usd::ZERO || largest <= Usd::ZERO {
        return String::new();
    }
    let share = usd.dollars() / largest.dollars();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share between 0 and 1 of a terminal's width"
    )]
    let length = (share * room as f64).round() as usize;
    std::iter::repeat_n(block, length.max(1)).collect()
}

/// Paragraphs under a heading. Blank lines separate paragraphs, as in rule files.
fn prose(heading: &str, text: &str, lines: &mut Lines<'_>) -> io::Result<()> {
    if text.trim().is_empty() {
        return Ok(());
    }
    lines.heading(heading)?;
    for (position, paragraph) in text.trim().split("\n\n").enumerate() {
        if position > 0 {
            lines.blank()?;
        }
        lines.text("  ", "  ", &clean(&paragraph.replace(['\n', '\r'], " ")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_grow_with_activity_and_unknown_is_not_zero() {
        let drawn: String = [None, Some(0.0), Some(0.25), Some(0.5), Some(0.75), Some(1.0)]
            .map(block)
            .iter()
            .collect();
        assert_eq!(drawn, "·░▒▓██");
    }

    #[test]
    fn bars_are_in_proportion_and_a_cent_is_still_drawn() {
        let usd = Usd::from_cents;
        assert_eq!(bar(usd(10_000), usd(10_000), 10, '█'), "██████████");
        assert_eq!(bar(usd(4_000), usd(10_000), 10, '█'), "████");
        assert_eq!(bar(usd(1), usd(10_000), 10, '█'), "█");
        assert_eq!(bar(usd(0), usd(10_000), 10, '█'), "");
        assert_eq!(bar(usd(5), usd(0), 10, '█'), "");
    }
}
