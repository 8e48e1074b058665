//! A Markdown page that says it was generated.

/// The first line of every generated page.
const NOTICE: &str = "<!-- Generated. `BLESS=1 cargo test --test it generated` rewrites it. -->";

/// A page being written.
pub(super) struct Page {
    text: String,
}

impl Page {
    /// A page with a title.
    pub(super) fn new(title: &str) -> Self {
        Self { text: format!("{NOTICE}\n\n# {title}\n") }
    }

    /// A page whose text is written already.
    pub(super) fn of(text: &str) -> Self {
        Self { text: format!("{NOTICE}\n\n{text}") }
    }

    /// A heading.
    pub(super) fn heading(&mut self, text: &str) {
        self.block(&format!("## {text}"));
    }

    /// A paragraph of Markdown.
    pub(super) fn prose(&mut self, text: &str) {
        self.block(text.trim());
    }

    /// Text that is shown as it is.
    pub(super) fn verbatim(&mut self, language: &str, text: &str) {
        self.block(&format!("```{language}\n{}\n```", text.trim_end()));
    }

    /// A table; its cells are Markdown already.
    pub(super) fn table(&mut self, heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        self.block(&table(heads, rows));
    }

    fn block(&mut self, text: &str) {
        self.text.push('\n');
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// The whole page.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// A Markdown table without a line break at its end.
pub(super) fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for row in rows {
        text.extend(["\n| ", &row.join(" | "), " |"]);
    }
    text
}

/// A name as code.
pub(super) fn code(name: &str) -> String {
    format!("`{name}`")
}

/// A sentence of ours, with Markdown in it, as the cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
