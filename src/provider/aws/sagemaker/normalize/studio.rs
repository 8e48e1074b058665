//! Studio apps on machines of their own. What AWS calls their last user activity is the time of its own health check, and
//! not read.

use super::{Ground, machine::Machine};
use crate::{
    frame::ResourceRow,
    provider::aws::sagemaker::wire::{App, Idle},
};

/// A longer timeout than a week is none: it may be set to a year.
const MAX_IDLE_MINUTES: i32 = 7 * 24 * 60;

/// An app.
pub(super) fn row(app: &App, ground: &Ground<'_>) -> ResourceRow {
    let place = app.space_name.as_deref().or(app.user_name.as_deref()).unwrap_or_default();
    let native_id = app.arn.clone().unwrap_or_else(|| own_id(app, place));
    let machine = Machine::of(&[app.instance_type.as_deref()], ground);
    let row = ground.row("notebook", &native_id, &format!("{place}/{}", app.name), &app.tags);
    let purchase_option = if app.plan_arn.is_some() { "committed" } else { "on_demand" };
    machine.fill(ResourceRow {
        state: (app.status.as_deref() == Some("InService")).then(|| "running".to_owned()),
        purchase_option: Some(purchase_option.to_owned()),
        launched_at: app.created_at,
        size_gib: app.volume_gb.map(f64::from),
        has_idle_shutdown: has_idle_shutdown(app),
        owner: app.owner_name.clone().or_else(|| app.user_name.clone()),
        ..row
    })
}

/// As its ARN ends.
fn own_id(app: &App, place: &str) -> String {
    format!("app/{}/{place}/{}/{}", app.domain_id, app.kind, app.name).to_ascii_lowercase()
}

/// What is set for the user wins over the domain; a space may only choose another time. Kernels of Studio Classic know no
/// such setting, but scripts may do it.
fn has_idle_shutdown(app: &App) -> Option<bool> {
    let (user, domain) = (app.user_idle.as_ref()?, app.domain_idle.as_ref()?);
    if !matches!(app.kind.as_str(), "JupyterLab" | "CodeEditor") {
        return (!user.has_scripts && !domain.has_scripts).then_some(false);
    }
    let is_enabled = user.is_enabled.or(domain.is_enabled).unwrap_or(false);
    if !is_enabled {
        return if user.has_scripts || domain.has_scripts { None } else { Some(false) };
    }
    let minutes = |idle: &Idle| idle.after_minutes;
    let minutes = app.space_idle_minutes.or(minutes(user)).or(minutes(domain));
    minutes.map(|minutes| minutes <= MAX_IDLE_MINUTES)
}
