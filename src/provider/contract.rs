//! What every provider promises that reads from a network: it reads, never writes, and says what it could not see.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
};

use super::{call::CallError, permission::Permission, progress::Progress};
use crate::{
    snapshot::{Snapshot, SnapshotError, SnapshotWriter},
    usage::Measure,
    window::Window,
};

/// A result that is still to come.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source of observations. It only reads.
pub trait Provider: Send + Sync {
    /// Its name on the command line and in ids: `kubernetes`, ….
    fn name(&self) -> &'static str;

    /// Everything it may ask for, with what each answer is for.
    fn permissions(&self) -> &'static [Permission];

    /// Reads what can be seen of `window` and writes it in steps that an interrupted run need not repeat.
    ///
    /// What cannot be read is a [`crate::snapshot::Gap`]. An error means that nothing could be read at all, or that the
    /// folder cannot be written.
    fn collect<'a>(
        &'a self,
        window: Window,
        into: &'a SnapshotWriter,
        questions: &'a dyn Questions,
        progress: &'a Progress,
    ) -> Pending<'a, Result<(), ProviderError>>;

    /// Looks at what is reachable, permitted and measured. It changes nothing and collects nothing.
    fn examine<'a>(
        &'a self,
        window: Window,
        progress: &'a Progress,
    ) -> Pending<'a, Result<Examination, ProviderError>>;
}

/// What is worth asking besides, for providers where each answer costs money. Providers do not know rules; who does answers.
pub trait Questions: Send + Sync {
    /// Measures that would change a verdict over what was read so far, by resource. An error says why that is not known.
    fn open(&self, so_far: &Snapshot) -> Result<BTreeMap<String, BTreeSet<Measure>>, String>;
}

/// What `ai-cost doctor` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Examination {
    /// Checks in the order in which one would make them by hand.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, such as `metric DCGM_FI_DEV_GPU_UTIL`.
    pub what: String,
    /// How it is.
    pub state: CheckState,
    /// What was found, as a lowercase fragment: `48 series on 6 nodes`.
    pub found: String,
    /// What stays hidden as long as it is so. Empty where nothing does.
    pub hides: String,
    /// What to do about it: a sentence, or a manifest to apply. Empty where nothing needs to be done.
    pub remedy: String,
}

/// How a thing is that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckState {
    /// As an audit wants it.
    Good,
    /// An audit works, but sees less.
    Less,
    /// An audit cannot see what it needs.
    Missing,
}

/// Why a provider could read nothing at all.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ProviderError {
    /// What the settings or the command line say of it does not fit.
    #[error("{message}")]
    #[diagnostic(code(provider::input))]
    Input {
        /// What is wrong.
        message: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// It cannot be reached, refuses everything, or is something else than it should be.
    #[error("nothing could be read from {what}")]
    #[diagnostic(code(provider::unreachable))]
    Unreachable {
        /// The server or account.
        what: String,
        /// What to do.
        #[help]
        help: String,
        /// What it said.
        #[source]
        source: CallError,
    },
    /// The snapshot cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Snapshot(#[from] SnapshotError),
}
