//! Where observations come from: files that people bring, read into the frames.

pub mod billing;
pub mod bundle;
pub mod inventory;
pub mod table;
