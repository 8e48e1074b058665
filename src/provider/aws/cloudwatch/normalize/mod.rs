//! Values by hour → rows.

mod columns;
mod merge;
mod requests;
#[cfg(test)]
mod tests;
mod usage;

pub(super) use columns::Values;
pub(super) use merge::merged;
