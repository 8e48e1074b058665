//! Everything that is tested from outside, in one binary: each binary links all of Polars.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod audit;
#[cfg(feature = "aws")]
mod aws;
mod bad_input;
mod generated;
mod house;
#[cfg(feature = "kubernetes")]
mod kubernetes;
#[cfg(feature = "kubernetes")]
mod permissions;
mod planted;
mod properties;
mod real;
mod support;
