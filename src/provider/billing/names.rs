//! Texts that repeat on every row, stored once.

use rustc_hash::FxHashMap;

/// A stored text; 0 is "none".
pub(super) type Name = u32;

/// The store.
#[derive(Debug, Clone, PartialEq)]
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

    /// The place of each number's text among all texts in their order; none comes first.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut in_order: Vec<usize> = (1..self.texts.len()).collect();
        in_order.sort_unstable_by_key(|number| self.texts.get(*number));
        let mut ranks = vec![0; self.texts.len()];
        for (rank, number) in (1..).zip(in_order) {
            if let Some(own) = ranks.get_mut(number) {
                *own = rank;
            }
        }
        ranks
    }

    /// The text of a number that is never none.
    pub(super) fn owned(&self, number: Name) -> String {
        self.text(number).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_order_of_the_texts_and_none_comes_first() {
        let mut names = Names::default();
        let numbers = [Some("b"), None, Some("a"), Some("")].map(|text| names.number(text));
        let ranks = names.ranks();
        assert_eq!(numbers.map(|number| ranks[number as usize]), [3, 0, 2, 1]);
    }
}
