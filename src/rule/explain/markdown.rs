//! Prose as Markdown that says what it says, whatever it contains.

use super::{one_line, printable};

/// A run of backticks, at least `least` long, that `text` does not contain.
pub(super) fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(least.max(longest + 1))
}

/// A table cell: one line, and no bar, not even in code, ends it.
pub(super) fn cell_text(text: &str) -> String {
    let spans: Vec<&str> = text.split('`').collect();
    let has_code = spans.len() % 2 == 1;
    let escaped = escape(&one_line(text));
    if has_code { bars_in_code(&escaped) } else { escaped }
}

/// Escapes the bars between backticks; those outside are escaped already.
fn bars_in_code(text: &str) -> String {
    let is_code = |index: usize| index % 2 == 1;
    let parts = text.split('`').enumerate();
    let parts = parts.map(
        |(index, part)| {
            if is_code(index) { part.replace('|', "\\|") } else { part.to_owned() }
        },
    );
    parts.collect::<Vec<_>>().join("`")
}

/// Prose as Markdown. Where backticks pair up, what stands between them is code and stays as it is.
pub(super) fn escape(text: &str) -> String {
    let text = printable(text);
    let spans: Vec<&str> = text.split('`').collect();
    if spans.len().is_multiple_of(2) || spans.iter().skip(1).step_by(2).any(|code| code.is_empty())
    {
        return escape_plain(&text, true);
    }
    let mut escaped = String::with_capacity(text.len());
    for (index, span) in spans.iter().enumerate() {
        if index % 2 == 1 {
            escaped.extend(['`'].into_iter().chain(span.chars()).chain(['`']));
        } else {
            escaped.push_str(&escape_plain(span, index == 0 || span.starts_with('\n')));
        }
    }
    escaped
}

/// Escapes what Markdown and HTML would interpret: everywhere, and at the start of lines what would begin a block.
fn escape_plain(text: &str, starts_line: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            escaped.push('\n');
        }
        let body = line.trim_start();
        let is_start = index > 0 || starts_line;
        // Indented by four, a line would become a code block.
        escaped.push_str(if is_start { "" } else { &line[..line.len() - body.len()] });
        let marker =
            body.len() - body.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let after = body.get(marker..).and_then(|rest| rest.strip_prefix(['.', ')']));
        let numbered =
            marker > 0 && after.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        for (position, letter) in body.chars().enumerate() {
            let begins_block = is_start
                && (position == 0 && matches!(letter, '-' | '+' | '=')
                    || numbered && position == marker);
            if begins_block || "\\`*_{}[]<>#|~!&".contains(letter) {
                escaped.push('\\');
            }
            escaped.push(letter);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_and_html_in_prose_are_text() {
        assert_eq!(
            escape("<b>a_b</b> [x](y)\n- item\n1. one\n    code & *c*"),
            "\\<b\\>a\\_b\\</b\\> \\[x\\](y)\n\\- item\n1\\. one\ncode \\& \\*c\\*"
        );
    }

    #[test]
    fn code_stays_code_and_a_lone_backtick_does_not_open_any() {
        assert_eq!(escape("see `gpu_idle|x` and *y*"), "see `gpu_idle|x` and \\*y\\*");
        assert_eq!(cell_text("see `a|b` or c|d"), "see `a\\|b` or c\\|d");
        assert_eq!(escape("a ` b_c"), "a \\` b\\_c");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(fence("a ``` b", 3), "````");
        assert_eq!(fence("a", 3), "```");
    }
}
