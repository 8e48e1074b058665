//! Texts that repeat on every row, stored once.

use rustc_hash::FxHashMap;

/// A stored text; 0 is "none".
pub(super) type Name = u32;

/// The store.
#[derive(Debug)]
pub(super) struct Names {
    numbers: FxHashMap<String, Name>,
    texts: Vec<String>,
}

impl Default for Names {
    fn default() -> Self {
        Self { numbers: FxHashMap::default(), texts: vec![String::new()] }
    }
}

impl Names {
    /// The number of a text.
    pub(super) fn number(&mut self, text: Option<&str>) -> Name {
        let Some(text) = text else { return 0 };
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = Name::try_from(self.texts.len()).unwrap_or(Name::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    /// The text of a number.
    pub(super) fn text(&self, number: Name) -> Option<&str> {
        if number == 0 {
            return None;
        }
        self.texts.get(usize::try_from(number).ok()?).map(String::as_str)
    }

    /// The text of a number that is never none.
    pub(super) fn owned(&self, number: Name) -> String {
        self.text(number).unwrap_or_default().to_owned()
    }
}
