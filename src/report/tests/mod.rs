//! What people and programs get to see, written out.

mod explain;
mod files;
mod json;
mod markdown;
mod table;

use std::io::{self, Write};

/// What a renderer writes.
fn rendered(render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    render(&mut out).expect("memory does not fail");
    String::from_utf8(out).expect("text")
}

/// True if nothing in the text can control a terminal or hide text, line breaks aside.
fn is_harmless(text: &str) -> bool {
    text.lines().all(|line| crate::text::clean(line) == line)
}
