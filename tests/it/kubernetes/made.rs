//! The made cluster in a real Prometheus, once for all tests.

use std::sync::OnceLock;

use super::{
    prometheus::{Server, Setup},
    world::{self, Spelling, World},
};

/// A server and what is in it.
pub(crate) struct Made {
    pub(crate) world: World,
    pub(crate) server: Server,
}

fn start(world: World, spelling: Spelling) -> Option<Made> {
    let server = Server::start(&Setup {
        history: &|history| world::write(&world, spelling, history),
        flags: &[],
    })?;
    Some(Made { world, server })
}

/// The whole cluster. `None`: this machine has no Prometheus, which was printed.
pub(crate) fn cluster() -> Option<&'static Made> {
    static MADE: OnceLock<Option<Made>> = OnceLock::new();
    MADE.get_or_init(|| start(World::made(), Spelling::Exported)).as_ref()
}

/// A small one whose exporter spells the labels of pods the other way.
pub(crate) fn small() -> Option<&'static Made> {
    static MADE: OnceLock<Option<Made>> = OnceLock::new();
    MADE.get_or_init(|| start(World::small(), Spelling::Plain)).as_ref()
}

/// Flags of an audit of the two weeks.
pub(crate) const WINDOW: &str = "--window 14d --end 2026-10-05T00:00:00Z";

/// What the settings say of both.
pub(crate) const SETTINGS: &str = "\
[policy]\n\
families = ['g5', 'g6', 'p4d', 'a2', 'g2']\n\
purchase_options = ['on_demand', 'spot']\n\
[kubernetes.gpu_usd_per_hour]\n\
'H100-80GB' = 2.5\n";
