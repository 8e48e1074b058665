//! Instants as the SDK has them.

use aws_smithy_types::DateTime;

use crate::frame::InstantMs;

/// An instant of the SDK. `None`: it is absent, or further away than milliseconds reach.
pub(super) fn instant(at: Option<&DateTime>) -> Option<InstantMs> {
    at.and_then(|at| at.to_millis().ok()).map(InstantMs)
}
