//! The stages against a server that answers as `CloudWatch` does.

mod asked;
pub(super) mod given;
