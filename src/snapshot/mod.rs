//! Everything an audit knows, and nothing else: the audit is a pure function of it.

mod gap;

pub use gap::Gap;
