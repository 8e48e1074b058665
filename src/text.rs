//! Other people's text, made harmless before it is shown: names and tags may carry anything.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The text with every character that controls a terminal, hides or reorders text replaced by a visible one.
///
/// ASCII controls become their pictures (`␛`, `␊`, `␉`), everything else that has no glyph of its own becomes `�`.
/// The result is one line. Ordinary text is returned as it is.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(|character| visible(character) != character) {
        Cow::Owned(text.chars().map(visible).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// What stands in for a character: itself unless it controls, hides or reorders.
fn visible(character: char) -> char {
    match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('�'),
        '\u{7f}' => '␡',
        // C1 controls: `\u{9b}` begins an escape sequence in some terminals.
        '\u{80}'..='\u{9f}'
        // Soft hyphen, grapheme joiner, Arabic letter mark, fillers that look like nothing.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}'
        // Zero width and direction marks, line and paragraph separators, bidirectional overrides and isolates.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        // Invisible musical controls, tags and selectors that smuggle text.
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => '�',
        other => other,
    }
}

/// The text as Markdown (and the HTML in it) that reads exactly like the text: no markup, no link, no mention, one line.
///
/// Mentions, issue references and bare addresses are recognised by hosts after the Markdown was rendered, so a
/// backslash does not stop them; a zero-width space, written as an entity, does.
pub fn markdown(text: &str) -> String {
    const BREAK: &str = "&#8203;";
    let cleaned = clean(text);
    let mut escaped = String::with_capacity(cleaned.len() + 16);
    for character in cleaned.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' | '#' => {
                escaped.push(character);
                escaped.push_str(BREAK);
            }
            '/' if escaped.ends_with(':') => {
                escaped.push_str(BREAK);
                escaped.push('/');
            }
            '.' if ends_with_www(&escaped) => {
                escaped.push_str(BREAK);
                escaped.push('.');
            }
            '\\' | '`' | '|' | '[' | ']' | '*' | '_' | '~' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

fn ends_with_www(text: &str) -> bool {
    let mut last = text.chars().rev();
    (0..3).all(|_| last.next().is_some_and(|character| character.eq_ignore_ascii_case(&'w')))
}

/// The columns a text takes in a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `width` columns: what is too much is taken out of the middle, where `…` then stands. Both ends
/// stay, because the beginning says whose a name is and the end tells siblings apart. Characters without a width of
/// their own, such as stacked accents, are limited too.
pub fn shorten_middle(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width && text.chars().count() <= width.saturating_mul(2) {
        return Cow::Borrowed(text);
    }
    let Some(room) = width.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let tail_room = room / 2;
    let head = take(text.chars(), room - tail_room);
    let tail = take(text.chars().rev(), tail_room);
    Cow::Owned(head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect())
}

/// The first characters that fit.
fn take(characters: impl Iterator<Item = char>, room: usize) -> Vec<char> {
    let mut used = 0;
    characters
        .take_while(|character| {
            used += character.width().unwrap_or(0).max(1);
            used <= room
        })
        .collect()
}

/// The text in lines of at most `width` columns, broken between words only. A word that is wider than a line, such as
/// the id of a resource, gets a line of its own and stays whole, so that it can be copied.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_in_any_script_is_left_alone() {
        for text in ["trainer-07", "Köln β 东京 مرحبا", "naïve café 🚀"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn terminal_escapes_and_line_breaks_become_visible() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\r\n\tb\u{7f}"), "a␛[31mred␇␍␊␉b␡");
        assert_eq!(clean("\u{9b}2J"), "�2J");
    }

    #[test]
    fn hidden_and_reordering_characters_become_visible() {
        assert_eq!(clean("in\u{200b}vis\u{202e}elbi\u{2066}\u{feff}\u{e0041}"), "in�vis�elbi���");
        assert_eq!(clean("two\u{2028}lines"), "two�lines");
    }

    #[test]
    fn markdown_shows_markup_instead_of_obeying_it() {
        assert_eq!(
            markdown("<img src=x> | `code` [a](b) *b* _i_\nnext & \\"),
            "&lt;img src=x&gt; \\| \\`code\\` \\[a\\](b) \\*b\\* \\_i\\_␊next &amp; \\\\"
        );
    }

    #[test]
    fn markdown_mentions_nobody_and_links_nowhere() {
        assert_eq!(
            markdown("@octo #12 https://x.io WWW.x.io"),
            "@&#8203;octo #&#8203;12 https:&#8203;//x.io WWW&#8203;.x.io"
        );
    }

    #[test]
    fn shortening_keeps_both_ends_and_counts_columns() {
        assert_eq!(
            shorten_middle("projects/research/nodes/gpu-17", 30),
            "projects/research/nodes/gpu-17"
        );
        assert_eq!(shorten_middle("projects/research/nodes/gpu-17", 15), "project…/gpu-17");
        assert_eq!(shorten_middle("東京東京東京", 6), "東…京");
        assert_eq!(shorten_middle(&format!("a{}", "\u{301}".repeat(900)), 5).chars().count(), 5);
        assert_eq!(shorten_middle("abc", 1), "…");
        assert_eq!(shorten_middle("abc", 0), "");
    }

    #[test]
    fn wrapping_never_breaks_a_word() {
        let lines =
            wrap("stop arn:aws:ec2:eu-central-1:111122223333:instance/i-0abc  today please", 20);
        assert_eq!(
            lines,
            ["stop", "arn:aws:ec2:eu-central-1:111122223333:instance/i-0abc", "today please"]
        );
    }
}
