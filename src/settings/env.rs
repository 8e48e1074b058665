//! The one place that reads the environment.

use std::collections::BTreeMap;

/// Variables of the environment by name.
pub type Environment = BTreeMap<String, String>;

/// All variables of this process. What is not UTF-8 keeps a replacement character, so that a broken `AI_COST_…` value
/// is refused by name instead of being overlooked.
pub fn read_environment() -> Environment {
    std::env::vars_os()
        .map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        })
        .collect()
}
