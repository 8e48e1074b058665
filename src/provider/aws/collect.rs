//! The accounts into the snapshot: the inventory of each region first, then money, then metrics. Each is a step that an
//! interrupted run need not repeat.

use super::{estate, options::Options, session::Session};
use crate::{
    provider::{
        contract::{ProviderError, Questions},
        progress::Progress,
    },
    snapshot::SnapshotWriter,
    window::Window,
};

/// AWS that is being read.
pub(super) struct Collecting<'a> {
    pub(super) options: &'a Options,
    pub(super) session: &'a Session,
    pub(super) window: Window,
    pub(super) into: &'a SnapshotWriter,
    pub(super) questions: &'a dyn Questions,
    pub(super) progress: &'a Progress,
}

impl Collecting<'_> {
    /// Reads everything. Calls are counted however it ends.
    pub(super) async fn run(&self) -> Result<(), ProviderError> {
        let estate = estate::survey(self.session, self.options).await;
        if let Some(mut step) = self.into.step("aws/estate") {
            for gap in estate.gaps {
                step.gap(gap);
            }
            step.finish()?;
        }
        Ok(())
    }
}
