//! What is asked, and both stages against a server that answers as `CloudWatch` does.

mod asked;
mod cbor;
pub(super) mod given;
mod outlook;
mod served;
mod server;
mod watched;
