//! What stands below the findings in a terminal: sums, what is unknown, where numbers come from.

use std::io::{self, Write};

use super::{
    BillTotal, Exempted, NotJudged, PriceUse, Report,
    words::{
        self, amount, blind, clean_list, closing, closing_unknown, known, label, left_out,
        not_judged_cost, not_judged_subjects,
    },
};
use crate::{
    snapshot::Gap,
    text::{clean, width, wrap},
    units::{Unit, Usd, count, thousands},
};

/// Lines of a terminal, wrapped between words.
pub(super) struct Lines<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) width: usize,
}

impl Lines<'_> {
    /// A blank line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A light line over the whole width.
    pub(super) fn rule(&mut self) -> io::Result<()> {
        writeln!(self.out, "{}", "─".repeat(self.width))
    }

    /// A heading with a blank line above it.
    pub(super) fn heading(&mut self, heading: &str) -> io::Result<()> {
        self.blank()?;
        self.text("", "", heading)
    }

    /// Text that starts with `first` and goes on below it with `rest`, two prefixes of the same width.
    pub(super) fn text(&mut self, first: &str, rest: &str, text: &str) -> io::Result<()> {
        let mut prefix = first;
        for line in wrap(text, self.width.saturating_sub(width(first))) {
            if width(prefix) + width(&line) > self.width && !prefix.trim().is_empty() {
                // A word that is wider than what is left stands alone, so that it can be copied.
                writeln!(self.out, "{}", prefix.trim_end())?;
                prefix = rest;
            }
            let indent = if width(prefix) + width(&line) > self.width { "" } else { prefix };
            writeln!(self.out, "{indent}{line}")?;
            prefix = rest;
        }
        Ok(())
    }
}

/// Everything below the findings.
pub(super) fn render(report: &Report, lines: &mut Lines<'_>) -> io::Result<()> {
    sums(report, lines)?;
    section(lines, "Exempted", &report.exempted, exempted)?;
    section(lines, "Exemptions to look at", &report.exemption_notes, |lines, note| {
        sentence(lines, note)
    })?;
    section(lines, "Not judged", &report.not_judged, not_judged)?;
    section(lines, "Not seen", &report.gaps, gap)?;
    section(lines, "Read first", &report.warnings, |lines, warning| sentence(lines, warning))?;
    section(lines, "Bills", &report.bills, bill)?;
    section(lines, "Prices", &report.prices, price)?;
    telemetry(report, lines)?;
    section(lines, "Servers", &report.provenance.asked, |lines, asked| {
        sentence(lines, &words::asked(asked))
    })?;
    lines.blank()?;
    lines.text("", "", &closing(report))?;
    lines.text("", "", &closing_unknown(report))
}

fn section<T>(
    lines: &mut Lines<'_>,
    heading: &str,
    items: &[T],
    each: impl Fn(&mut Lines<'_>, &T) -> io::Result<()>,
) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    lines.heading(heading)?;
    items.iter().try_for_each(|item| each(lines, item))
}

fn sums(report: &Report, lines: &mut Lines<'_>) -> io::Result<()> {
    let totals = &report.totals;
    let counted = totals.counted_usd_per_month;
    let row = |lines: &mut Lines<'_>, name: &str, text: &str| {
        lines.text(&format!("{name:<12}"), &" ".repeat(12), text)
    };
    let window = report.window;
    let days = Unit::Count.show(window.days());
    let text = format!("{} to {} ({days} days)", window.start_at(), window.end_at());
    row(lines, "Window", &text)?;
    row(lines, "Counted", &format!("{} per month", amount(counted)))?;
    if totals.freed_usd_per_month != Usd::ZERO {
        let text = format!(
            "{} per month more: paid either way, so it saves when the term ends or something else uses it",
            totals.freed_usd_per_month
        );
        row(lines, "Freed", &text)?;
    }
    let waste = totals.waste_ratio.map_or_else(
        || "what share of it is waste is not known".to_owned(),
        |ratio| format!("{} of it is waste (counted and freed)", Unit::Ratio.show(ratio)),
    );
    let cost = totals.effective_usd_per_month.map_or_else(
        || "The cost is not known".to_owned(),
        |cost| format!("{cost} per month for {}", count(totals.resource_count, "resource")),
    );
    row(lines, "Effective", &format!("{cost}; {waste}"))?;
    if let Some(text) = left_out(totals) {
        row(lines, "Left out", &text)?;
    }
    if totals.superseded_count > 0 {
        let findings = count(totals.superseded_count, "finding");
        row(lines, "Superseded", &format!("{findings}: better ways to save the same money count"))?;
    }
    if totals.unpriced_count > 0 {
        let findings = count(totals.unpriced_count, "finding");
        row(
            lines,
            "Unpriced",
            &format!("{findings} of unknown price: real waste that counts nothing here"),
        )?;
    }
    if let Some(text) = blind(totals) {
        row(lines, "Not judged", &text)?;
    }
    Ok(())
}

fn sentence(lines: &mut Lines<'_>, sentence: &str) -> io::Result<()> {
    lines.text("  · ", "    ", &clean(sentence))
}

fn exempted(lines: &mut Lines<'_>, exempted: &Exempted) -> io::Result<()> {
    let resolved = &exempted.finding;
    let finding = &resolved.finding;
    let text = format!(
        "{} {} on {} until {}: {} ({} per month, not in the sum)",
        finding.fingerprint,
        clean(&finding.rule),
        label(&finding.subject),
        exempted.until,
        clean(&exempted.reason),
        known(resolved.claim_usd_per_month.map(|claim| claim.likely)),
    );
    lines.text("  · ", "    ", &text)
}

fn not_judged(lines: &mut Lines<'_>, not_judged: &NotJudged) -> io::Result<()> {
    let text = format!(
        "{}, {}, by {}, because of {}. {}",
        not_judged_subjects(not_judged),
        not_judged_cost(not_judged),
        clean_list(&not_judged.rules),
        clean_list(&not_judged.because),
        clean(&not_judged.meaning),
    );
    lines.text("  · ", "    ", &text)
}

fn gap(lines: &mut Lines<'_>, gap: &Gap) -> io::Result<()> {
    let text =
        format!("{}: {}. It hides {}.", clean(&gap.what), clean(&gap.because), clean(&gap.hides));
    lines.text("  · ", "    ", &text)?;
    lines.text("    → ", "      ", &clean(&gap.remedy))
}

fn bill(lines: &mut Lines<'_>, bill: &BillTotal) -> io::Result<()> {
    let same = if bill.file_usd == bill.imported_usd { "" } else { ": THEY DIFFER" };
    let text = format!(
        "{} ({}, {}): {} in the file, {} imported, both {}{same}",
        clean(&bill.file),
        clean(&bill.format),
        count(bill.row_count, "row"),
        bill.file_usd,
        bill.imported_usd,
        clean(&bill.basis),
    );
    lines.text("  · ", "    ", &text)
}

fn price(lines: &mut Lines<'_>, price: &PriceUse) -> io::Result<()> {
    let age = match price.age_days {
        0.. => format!("{} days old", price.age_days),
        _ => format!("read {} days after the window", price.age_days.unsigned_abs()),
    };
    let text = format!(
        "{} of {}: {age}, {} used",
        clean(&price.source),
        clean(&price.priced_on),
        count(price.price_count, "price"),
    );
    lines.text("  · ", "    ", &text)
}

fn telemetry(report: &Report, lines: &mut Lines<'_>) -> io::Result<()> {
    let telemetry = &report.telemetry;
    let Some(mean) = telemetry.gpu_util_mean_ratio else { return Ok(()) };
    lines.heading("Telemetry")?;
    let text = format!(
        "{} measured over {} hours: mean GPU utilisation {}; {} under 10 %",
        count(telemetry.resource_count, "resource"),
        whole(telemetry.observed_hours),
        Unit::Ratio.show(mean),
        thousands(telemetry.under_ten_percent_count),
    );
    lines.text("  · ", "    ", &text)
}

/// Hours without a fraction, in groups of three digits.
fn whole(hours: f64) -> String {
    let digits = format!("{hours:.0}");
    digits.parse().map(thousands).unwrap_or(digits)
}
