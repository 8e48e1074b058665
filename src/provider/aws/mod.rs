//! AWS: machines, endpoints, jobs and notebooks of one account, several, or an organisation, their metrics and their bill.

mod call;
mod cloudwatch;
mod collect;
mod doctor;
mod ec2;
mod estate;
mod instant;
mod inventory;
mod ledger;
mod listed;
mod money;
mod observed;
mod operation;
mod options;
mod permissions;
mod place;
mod platform;
mod refusal;
mod sagemaker;
#[cfg(test)]
mod scripted;
mod seat;
mod session;
mod unreached;
mod unsettled;
mod xml_end;

use self::{collect::Collecting, options::Options, session::Session};
use super::{
    contract::{Examination, Pending, Provider, ProviderError, Questions},
    permission::Permission,
    progress::Progress,
};
use crate::{catalog::Catalog, settings::Settings, snapshot::SnapshotWriter, window::Window};

pub use options::Flags;
pub use permissions::{PERMISSIONS, policy};

/// The accounts that are read.
#[derive(Debug)]
pub struct Aws {
    options: Options,
    ground: Ground,
}

/// What is known before anybody is asked.
#[derive(Debug)]
struct Ground {
    /// How bills are read.
    settings: Settings,
    /// What machine types there are.
    catalog: Catalog,
}

impl Aws {
    /// Accounts and regions as the command line and the settings name them. Nothing is sent yet.
    pub fn new(
        flags: &Flags,
        settings: &Settings,
        catalog: &Catalog,
    ) -> Result<Self, ProviderError> {
        let ground = Ground { settings: settings.clone(), catalog: catalog.clone() };
        Ok(Self { options: Options::new(flags, &settings.aws)?, ground })
    }
}

impl Provider for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn permissions(&self) -> &'static [Permission] {
        &PERMISSIONS
    }

    fn collect<'a>(
        &'a self,
        window: Window,
        into: &'a SnapshotWriter,
        questions: &'a dyn Questions,
        progress: &'a Progress,
    ) -> Pending<'a, Result<(), ProviderError>> {
        Box::pin(async move {
            let session = Session::open(&self.options).await?;
            let Self { options, ground } = self;
            let session = &session;
            Collecting { options, ground, session, window, into, questions, progress }.run().await
        })
    }

    fn examine<'a>(
        &'a self,
        window: Window,
        progress: &'a Progress,
    ) -> Pending<'a, Result<Examination, ProviderError>> {
        Box::pin(async move {
            let session = Session::open(&self.options).await?;
            let checks =
                doctor::examine(&session, &self.options, &self.ground, window, progress).await;
            Ok(Examination { checks })
        })
    }
}
