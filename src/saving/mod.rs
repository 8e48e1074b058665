//! From findings to one honest number: replay, best set, shares, ranges, commitments.

mod bill;

pub use bill::{Bill, BillHour};

/// The bill of one subject, with the calendars of its activity.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectBill {
    /// The bill.
    pub bill: Bill,
    /// Calendars. `None`: less than two weeks.
    pub calendars: Option<crate::calendar::CrossFit>,
}
