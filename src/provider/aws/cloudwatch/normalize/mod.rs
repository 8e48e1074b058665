//! Values by hour → rows.

mod columns;
mod requests;
#[cfg(test)]
mod tests;
mod usage;

pub(super) use columns::Values;
