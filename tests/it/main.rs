//! Everything that is tested from outside, in one binary: each binary links all of Polars.

mod generated;
mod house;
mod planted;
