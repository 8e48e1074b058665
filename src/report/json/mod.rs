//! JSON reports, one module per version: a change of meaning is a new version.

#[cfg(test)]
mod conform;
pub mod v1;
mod v1_from;
