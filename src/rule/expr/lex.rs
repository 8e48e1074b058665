//! Text to tokens.

use std::ops::Range;

use super::{ExprError, syntax};

/// The smallest parts of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A number, always positive: the minus is an operator.
    Number(f64),
    /// A text, without its quotes.
    Text(String),
    /// A name of a fact, a parameter or a function.
    Name(String),
    /// A keyword, in capitals.
    Keyword(&'static str),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// Nothing is left.
    End,
}

/// A token and its bytes in the expression.
pub(super) type Spanned = (Token, Range<usize>);

const KEYWORDS: [&str; 15] = [
    "TRUE", "FALSE", "NULL", "AND", "OR", "NOT", "BETWEEN", "IN", "LIKE", "IS", "CASE", "WHEN",
    "THEN", "ELSE", "END",
];

/// Longest first.
const SYMBOLS: [&str; 14] =
    ["!=", "<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","];

/// What people write who think of another language, and what it is called here.
const FOREIGN: [(&str, &str); 7] = [
    ("==", "write `=`"),
    ("&&", "write `AND`"),
    ("||", "write `OR`"),
    ("!", "write `NOT`"),
    ("\"", "text is written in single quotes: 'running'"),
    (".", "names have no dots: write the fact's name alone"),
    ("%", "a ratio is a number from 0 to 1: write 0.05 for 5 %"),
];

/// Cuts `text` into tokens; the last one is [`Token::End`].
pub(super) fn lex(text: &str) -> Result<Vec<Spanned>, ExprError> {
    let mut tokens: Vec<Spanned> = Vec::new();
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = if first.is_ascii_digit() || starts_fraction(rest) {
            number(rest, at)?
        } else if first.is_ascii_alphabetic() || first == '_' {
            word(rest)
        } else if first == '\'' {
            quoted(rest, at)?
        } else {
            symbol(rest, first, at)?
        };
        tokens.push((token, at..at + length));
        at += length;
    }
    // The end is a place too: the last token, so that an error there has something to point at.
    let last = tokens.last().map_or(0..text.len(), |(_, span)| span.clone());
    tokens.push((Token::End, last));
    Ok(tokens)
}

fn starts_fraction(rest: &str) -> bool {
    let mut letters = rest.chars();
    letters.next() == Some('.') && letters.next().is_some_and(|next| next.is_ascii_digit())
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let digits = |from: usize| {
        let tail = rest.get(from..).unwrap_or_default();
        from + tail.len() - tail.trim_start_matches(|letter: char| letter.is_ascii_digit()).len()
    };
    let mut end = digits(0);
    if rest.get(end..).is_some_and(|tail| tail.starts_with('.')) {
        end = digits(end + 1);
    }
    if rest.get(end..).is_some_and(|tail| tail.starts_with(['e', 'E'])) {
        let sign =
            usize::from(rest.get(end + 1..).is_some_and(|tail| tail.starts_with(['+', '-'])));
        end = digits(end + 1 + sign);
    }
    // `12abc` and `1_000` are one wrong number, not a number and a name.
    let tail = rest.get(end..).unwrap_or_default();
    let is_glued = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    end += tail.len() - tail.trim_start_matches(is_glued).len();
    let written = rest.get(..end).unwrap_or_default();
    match written.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((Token::Number(number), end)),
        _ => Err(syntax(
            at..at + end,
            format!("`{written}` is not a number"),
            "write digits with a point, such as 0.05 or 1e-3; the unit is in the name of the fact",
        )),
    }
}

fn word(rest: &str) -> (Token, usize) {
    let tail =
        rest.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    let length = rest.len() - tail.len();
    let name = rest.get(..length).unwrap_or_default();
    let keyword = KEYWORDS.into_iter().find(|keyword| keyword.eq_ignore_ascii_case(name));
    (keyword.map_or_else(|| Token::Name(name.to_owned()), Token::Keyword), length)
}

fn quoted(rest: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let mut value = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((index, letter)) = letters.next() {
        if letter != '\'' {
            value.push(letter);
        } else if letters.next_if(|(_, next)| *next == '\'').is_some() {
            value.push('\'');
        } else {
            return Ok((Token::Text(value), index + 1));
        }
    }
    let end = at + rest.trim_end().len();
    Err(syntax(
        at..end,
        "the text has no closing quote",
        "end it with `'`; a quote inside is written ''",
    ))
}

fn symbol(rest: &str, first: char, at: usize) -> Result<(Token, usize), ExprError> {
    let foreign = FOREIGN
        .into_iter()
        .find(|(word, _)| rest.starts_with(word) && !(rest.starts_with("!=") && *word == "!"));
    if let Some((word, help)) = foreign {
        return Err(syntax(at..at + word.len(), format!("`{word}` is not an operator"), help));
    }
    if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        return Ok((Token::Symbol(symbol), symbol.len()));
    }
    Err(syntax(
        at..at + first.len_utf8(),
        format!("`{}` does not belong here", first.escape_debug()),
        "an expression consists of names, numbers, 'texts', keywords and operators",
    ))
}

/// A token as its author would name it.
pub(super) fn describe(token: &Token) -> String {
    match token {
        Token::Number(number) => format!("the number {number}"),
        Token::Text(text) => format!("the text '{text}'"),
        Token::Name(name) => format!("`{name}`"),
        Token::Keyword(word) | Token::Symbol(word) => format!("`{word}`"),
        Token::End => "the end".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        lex(text).unwrap().into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn keywords_have_no_case_and_names_keep_theirs() {
        assert_eq!(
            tokens("Region in"),
            [Token::Name("Region".to_owned()), Token::Keyword("IN"), Token::End]
        );
    }

    #[test]
    fn numbers_have_fractions_and_exponents() {
        assert_eq!(
            tokens("12 .5 1e-3"),
            [Token::Number(12.0), Token::Number(0.5), Token::Number(0.001), Token::End]
        );
    }

    #[test]
    fn a_doubled_quote_is_a_quote() {
        assert_eq!(tokens("'it''s'"), [Token::Text("it's".to_owned()), Token::End]);
    }

    #[test]
    fn what_is_no_token_is_refused_at_its_place() {
        for (text, wrong) in [
            ("a == b", "=="),
            ("a && b", "&&"),
            ("a = \"x\"", "\""),
            ("b < 1_000", "1_000"),
            ("b < 1e999", "1e999"),
            ("b = 'open ", "'open"),
            ("a ; b", ";"),
            ("b = 5 €", "€"),
        ] {
            let span = lex(text).unwrap_err().span;
            assert_eq!(text.get(span), Some(wrong), "in {text}");
        }
    }
}
