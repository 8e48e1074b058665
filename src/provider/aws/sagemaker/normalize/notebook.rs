//! Notebook instances. They say nothing of their use: only what stops them, and that they run.

use super::{Ground, machine::Machine, script};
use crate::{
    frame::{InstantMs, ResourceRow},
    provider::aws::sagemaker::wire::Notebook,
};

/// A notebook instance. While it is stopped its volume is still paid for.
pub(super) fn row(notebook: &Notebook, ground: &Ground<'_>) -> ResourceRow {
    let state = state(notebook.status.as_deref());
    let machine = Machine::of(&[notebook.instance_type.as_deref()], ground);
    machine.fill(ResourceRow {
        state: state.map(str::to_owned),
        purchase_option: Some("on_demand".to_owned()),
        launched_at: notebook.created_at,
        // The last change of something stopped is, as a rule, that it was stopped.
        stopped_at: notebook.modified_at.filter(|_| state == Some("stopped")),
        last_started_at: restarted_at(notebook).filter(|_| state == Some("running")),
        size_gib: notebook.volume_gb.map(f64::from),
        has_idle_shutdown: match &notebook.script_name {
            None => Some(false),
            Some(_) => notebook.script.as_ref().and_then(script::stops_when_idle),
        },
        ..ground.row("notebook", &notebook.arn, &notebook.name, &notebook.tags)
    })
}

/// Making one takes minutes, and ends with its first start.
const MAKING_MS: i64 = 60 * 60 * 1000;

/// The last start of a notebook that runs and was stopped in between: it can be changed in no other way while it runs. `None`: its
/// last change was its first start, or that is not told.
fn restarted_at(notebook: &Notebook) -> Option<InstantMs> {
    let (created, modified) = (notebook.created_at?, notebook.modified_at?);
    (modified.0 - created.0 > MAKING_MS).then_some(modified)
}

/// Updates happen while it is stopped, and what failed may or may not hold a machine.
fn state(status: Option<&str>) -> Option<&'static str> {
    match status {
        Some("InService" | "InMaintenance" | "PendingMaintenance") => Some("running"),
        Some("Stopped") => Some("stopped"),
        _ => None,
    }
}
