//! From findings to one honest number: replay, best set, shares, ranges, commitments.

mod bill;

pub use bill::{Bill, BillHour};
