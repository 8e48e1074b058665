//! `docs/settings.md`: how settings are layered, and every default with its reason.

use super::page::Page;
use crate::settings::DEFAULT_TOML;

/// `docs/settings.md`.
pub fn settings_page() -> String {
    let mut page = Page::new("Settings");
    page.prose(
        "`ai-cost settings` prints every value that holds and where it came from; `ai-cost settings --defaults` prints the \
         file below. Editors complete and check `ai-cost.toml` with its [JSON Schema](schema/settings.schema.json). The \
         parameters of each rule are on [its page](../rules/README.md#all-rules).",
    );
    page.verbatim("toml", DEFAULT_TOML);
    page.into_text()
}
