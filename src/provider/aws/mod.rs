//! AWS: machines, endpoints, jobs and notebooks of one account, several, or an organisation, their metrics and their bill.

mod call;
mod collect;
mod estate;
mod observed;
mod options;
mod permissions;
mod sagemaker;
mod seat;
mod session;

use self::{collect::Collecting, options::Options, session::Session};
use super::{
    contract::{Examination, Pending, Provider, ProviderError, Questions},
    permission::Permission,
    progress::Progress,
};
use crate::{settings::Settings, snapshot::SnapshotWriter, window::Window};

pub use options::Flags;
pub use permissions::{PERMISSIONS, policy};

/// The accounts that are read.
#[derive(Debug)]
pub struct Aws {
    options: Options,
}

impl Aws {
    /// Accounts and regions as the command line and the settings name them. Nothing is sent yet.
    pub fn new(flags: &Flags, settings: &Settings) -> Result<Self, ProviderError> {
        Ok(Self { options: Options::new(flags, &settings.aws)? })
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
            let options = &self.options;
            Collecting { options, session: &session, window, into, questions, progress }.run().await
        })
    }

    fn examine<'a>(
        &'a self,
        _window: Window,
        _progress: &'a Progress,
    ) -> Pending<'a, Result<Examination, ProviderError>> {
        Box::pin(async move { Ok(Examination::default()) })
    }
}
