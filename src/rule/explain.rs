//! One rule as a page, for the terminal and for the generated documentation: the same data, two styles.

mod markdown;

use std::io::{self, Write};

use self::markdown::{cell_text, escape, fence};
use super::{Rule, example::Example, show};
use crate::{
    fact::{FactType, Value},
    units::Unit,
};

/// How a page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Plain text, with indented parts. Control characters are replaced.
    Terminal,
    /// Markdown. Text between backticks stays code; everything else that Markdown or HTML would interpret is escaped.
    Markdown,
}

/// Writes the page of a rule.
pub fn write(rule: &Rule, out: &mut impl Write, style: Style) -> io::Result<()> {
    let mut page = Page { out, style };
    page.title(&rule.id, &rule.title)?;
    let change = format!(
        "{} · judges: {} · action: {} · since {}",
        rule.severity.word(),
        rule.subject,
        rule.action_word(),
        rule.since
    );
    page.prose(&change)?;
    page.part("Why", &rule.why)?;
    page.heading("How it judges")?;
    page.expression("In scope if", &rule.scope.text)?;
    page.expression("Enough data if", &rule.trust.text)?;
    page.expression("Waste if", &rule.when.text)?;
    for (key, program) in &rule.action.arguments {
        page.expression(&format!("Action, {key}"), &program.text)?;
    }
    page.expression("Confidence", &rule.confidence.text)?;
    if !rule.params.is_empty() {
        page.heading("Parameters")?;
        page.table(&["Parameter", "Default", "Unit", "Meaning"], &param_rows(rule))?;
    }
    page.part("When it is wrong", &rule.false_positives)?;
    page.part("What to do", &rule.remedy)?;
    if !rule.keeps.is_empty() {
        page.prose(&format!("Stays in place and billed: {}.", rule.keeps.join(", ")))?;
    }
    for (provider, text) in &rule.change {
        let label = if provider == "default" { "Change" } else { &format!("Change, {provider}") };
        page.expression(label, &text.text)?;
    }
    if !rule.examples.is_empty() {
        page.heading("Examples")?;
        let rows: Vec<Vec<String>> =
            rule.examples.iter().map(|example| example_row(rule, example)).collect();
        page.table(&["Example", "Given", "Verdict"], &rows)?;
    }
    Ok(())
}

fn param_rows(rule: &Rule) -> Vec<Vec<String>> {
    rule.params
        .iter()
        .map(|param| {
            let mut default = plain(&param.default);
            if param.value != param.default {
                default = format!("{default} (set to {})", plain(&param.value));
            }
            let unit = match param.fact_type {
                FactType::Number => Unit::of(&param.name).label(),
                FactType::Bool => "yes/no",
                FactType::Text => "text",
            };
            vec![format!("`{}`", param.name), default, unit.to_owned(), param.doc.clone()]
        })
        .collect()
}

/// A value as one would write it into settings.
fn plain(value: &Value) -> String {
    match value {
        Value::Bool(answer) => answer.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Text(_) => show("", value),
    }
}

fn example_row(rule: &Rule, example: &Example) -> Vec<String> {
    let facts = example.given.iter().filter_map(|(index, value)| {
        rule.facts.get(*index).map(|fact| format!("`{}` {}", fact.name, show(fact.name, value)))
    });
    let params = example
        .params
        .iter()
        .map(|(name, value)| format!("parameter `{name}` {}", show(name, value)));
    let given: Vec<String> = facts.chain(params).collect();
    let mut verdict = example.verdict.word().replace('_', " ");
    if let Some(confidence) = example.confidence {
        verdict = format!("{verdict}, {} confidence", confidence.word());
    }
    if let Some(because) = &example.because {
        let names: Vec<String> = because.iter().map(|name| format!("`{name}`")).collect();
        verdict = format!("{verdict} because of {}", names.join(", "));
    }
    vec![example.name.clone(), given.join(", "), verdict]
}

struct Page<'w, W> {
    out: &'w mut W,
    style: Style,
}

impl<W: Write> Page<'_, W> {
    fn title(&mut self, id: &str, title: &str) -> io::Result<()> {
        match self.style {
            Style::Terminal => writeln!(self.out, "{id}: {}", printable(title)),
            Style::Markdown => writeln!(self.out, "# {id}\n\n**{}**", escape(title.trim())),
        }
    }

    fn heading(&mut self, heading: &str) -> io::Result<()> {
        match self.style {
            Style::Terminal => writeln!(self.out, "\n{heading}"),
            Style::Markdown => writeln!(self.out, "\n## {heading}"),
        }
    }

    fn part(&mut self, heading: &str, text: &str) -> io::Result<()> {
        self.heading(heading)?;
        self.prose(text)
    }

    fn prose(&mut self, text: &str) -> io::Result<()> {
        match self.style {
            Style::Terminal => self.indented(text),
            Style::Markdown => writeln!(self.out, "\n{}", escape(text.trim())),
        }
    }

    /// An expression or a command, exactly as written.
    fn expression(&mut self, label: &str, text: &str) -> io::Result<()> {
        match self.style {
            Style::Terminal => {
                writeln!(self.out, "  {label}:")?;
                self.indented(&format!("  {}", dedented(text).replace('\n', "\n  ")))
            }
            Style::Markdown => {
                let fence = fence(text, 3);
                let text = dedented(text);
                writeln!(self.out, "\n{}:\n\n{fence}text\n{text}\n{fence}", escape(label))
            }
        }
    }

    fn indented(&mut self, text: &str) -> io::Result<()> {
        for line in printable(text).trim_end().lines() {
            let line = line.trim_end();
            if line.is_empty() { writeln!(self.out)? } else { writeln!(self.out, "  {line}")? }
        }
        Ok(())
    }

    fn table(&mut self, headings: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        match self.style {
            Style::Terminal => {
                for row in rows {
                    let mut cells = row.iter().zip(headings);
                    if let Some((first, _)) = cells.next() {
                        writeln!(self.out, "  {}", printable(&one_line(first).replace('`', "")))?;
                    }
                    for (cell, heading) in cells.filter(|(cell, _)| !cell.is_empty()) {
                        let cell = printable(&one_line(cell).replace('`', ""));
                        writeln!(self.out, "    {heading}: {cell}")?;
                    }
                }
                Ok(())
            }
            Style::Markdown => {
                writeln!(self.out, "\n| {} |", headings.join(" | "))?;
                writeln!(self.out, "|{}", " --- |".repeat(headings.len()))?;
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| cell_text(cell)).collect();
                    writeln!(self.out, "| {} |", cells.join(" | "))?;
                }
                Ok(())
            }
        }
    }
}

/// Without control characters, which could steer a terminal. Line breaks stay.
fn printable(text: &str) -> String {
    let replace = |letter: char| match letter {
        '\t' => ' ',
        _ if letter.is_control() && letter != '\n' => '\u{fffd}',
        _ => letter,
    };
    text.replace("\r\n", "\n").chars().map(replace).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without blank lines around it and without the indentation that all lines share.
fn dedented(text: &str) -> String {
    let text = printable(text);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let shared = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or_default();
    let lines: Vec<&str> =
        lines.into_iter().map(|line| line.get(shared..).unwrap_or_default()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::testing::{IDLE, idle_with, parse};

    fn page(rule: &Rule, style: Style) -> String {
        let mut out = Vec::new();
        write(rule, &mut out, style).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_page_for_the_terminal() {
        insta::assert_snapshot!(page(&parse(IDLE).unwrap(), Style::Terminal), @r"
        gpu-idle: GPU machine runs, but its GPUs do nothing
          high · judges: accelerator · action: stop · since 0.1.0

        Why
          A GPU machine is billed while it runs.

        How it judges
          In scope if:
            state = 'running' AND running_hours >= min_running_hours
          Enough data if:
            observed_ratio >= min_observed_ratio
          Waste if:
                gpu_util_p95_ratio <= max_gpu_util_p95_ratio
            AND gpu_mem_used_max_ratio <= 0.05
          Confidence:
            CASE WHEN network_gib_per_day < 0.005 THEN 'high' ELSE 'medium' END

        Parameters
          min_running_hours
            Default: 168
            Unit: hours
            Meaning: Younger machines are left alone.
          min_observed_ratio
            Default: 0.8
            Unit: ratio
            Meaning: With less telemetry we do not judge.
          max_gpu_util_p95_ratio
            Default: 0.01
            Unit: ratio
            Meaning: At or below this the GPUs count as idle.

        When it is wrong
          Standbys.

        What to do
          Ask the owner, then stop it.
          Stays in place and billed: volumes.
          Change, aws:
            aws ec2 stop-instances --instance-ids {resource_id}
          Change:
            stop[ {name}]

        Examples
          left on after training
            Given: state running, running_hours 720 h, observed_ratio 100 %, gpu_util_p95_ratio 0 %, gpu_mem_used_max_ratio 1 %, network_gib_per_day 0.001 GiB/day
            Verdict: hit, high confidence
          busy
            Given: state running, running_hours 720 h, observed_ratio 100 %, gpu_util_p95_ratio 35 %
            Verdict: clear
          no telemetry
            Given: state running, running_hours 720 h
            Verdict: unknown because of observed_ratio
          started yesterday, for someone patient
            Given: state running, running_hours 200 h, parameter min_running_hours 300 h
            Verdict: out of scope
        ");
    }

    #[test]
    fn a_page_for_the_documentation() {
        insta::assert_snapshot!(page(&parse(IDLE).unwrap(), Style::Markdown), @r"
        # gpu-idle

        **GPU machine runs, but its GPUs do nothing**

        high · judges: accelerator · action: stop · since 0.1.0

        ## Why

        A GPU machine is billed while it runs.

        ## How it judges

        In scope if:

        ```text
        state = 'running' AND running_hours >= min_running_hours
        ```

        Enough data if:

        ```text
        observed_ratio >= min_observed_ratio
        ```

        Waste if:

        ```text
            gpu_util_p95_ratio <= max_gpu_util_p95_ratio
        AND gpu_mem_used_max_ratio <= 0.05
        ```

        Confidence:

        ```text
        CASE WHEN network_gib_per_day < 0.005 THEN 'high' ELSE 'medium' END
        ```

        ## Parameters

        | Parameter | Default | Unit | Meaning |
        | --- | --- | --- | --- |
        | `min_running_hours` | 168 | hours | Younger machines are left alone. |
        | `min_observed_ratio` | 0.8 | ratio | With less telemetry we do not judge. |
        | `max_gpu_util_p95_ratio` | 0.01 | ratio | At or below this the GPUs count as idle. |

        ## When it is wrong

        Standbys.

        ## What to do

        Ask the owner, then stop it.

        Stays in place and billed: volumes.

        Change, aws:

        ```text
        aws ec2 stop-instances --instance-ids {resource_id}
        ```

        Change:

        ```text
        stop[ {name}]
        ```

        ## Examples

        | Example | Given | Verdict |
        | --- | --- | --- |
        | left on after training | `state` running, `running_hours` 720 h, `observed_ratio` 100 %, `gpu_util_p95_ratio` 0 %, `gpu_mem_used_max_ratio` 1 %, `network_gib_per_day` 0.001 GiB/day | hit, high confidence |
        | busy | `state` running, `running_hours` 720 h, `observed_ratio` 100 %, `gpu_util_p95_ratio` 35 % | clear |
        | no telemetry | `state` running, `running_hours` 720 h | unknown because of `observed_ratio` |
        | started yesterday, for someone patient | `state` running, `running_hours` 200 h, parameter `min_running_hours` 300 h | out of scope |
        ");
    }

    #[test]
    fn terminal_escapes_in_a_rule_do_not_reach_the_terminal() {
        let rule = idle_with("\"Standbys.\"", "\"\\u001b[31mred\"").unwrap();
        assert!(!page(&rule, Style::Terminal).contains('\u{1b}'));
        assert!(!page(&rule, Style::Markdown).contains('\u{1b}'));
    }

    #[test]
    fn a_changed_parameter_shows_both_values() {
        let overrides = std::collections::BTreeMap::from([(
            "min_running_hours".to_owned(),
            Value::Number(24.0),
        )]);
        let rule = parse(IDLE).unwrap().with_params(&overrides).unwrap();
        assert!(page(&rule, Style::Terminal).contains("Default: 168 (set to 24)"));
    }
}
