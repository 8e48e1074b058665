//! Studio apps: whose they are, and whether they shut down.

use super::{arn, at, read};
use crate::{
    frame::ResourceRow,
    provider::aws::sagemaker::wire::{App, Idle, Region},
};

/// An app in a space of its own, of whose idleness nobody says anything.
fn app() -> App {
    App {
        arn: Some(arn("app/d-1/Ada-Lab/JupyterLab/default")),
        domain_id: "d-1".to_owned(),
        space_name: Some("Ada-Lab".to_owned()),
        kind: "JupyterLab".to_owned(),
        name: "default".to_owned(),
        status: Some("InService".to_owned()),
        instance_type: Some("ml.g5.xlarge".to_owned()),
        created_at: Some(at(-50)),
        is_space_known: true,
        owner_name: Some("ada".to_owned()),
        volume_gb: Some(100),
        user_idle: Some(Idle::default()),
        domain_idle: Some(Idle::default()),
        ..App::default()
    }
}

fn row(app: App) -> ResourceRow {
    read(&Region { apps: vec![app], ..Region::default() }).resources.remove(0)
}

fn idle(is_enabled: Option<bool>, after_minutes: Option<i32>) -> Idle {
    Idle { is_enabled, after_minutes, has_scripts: false }
}

#[test]
fn an_app_is_a_notebook_of_the_owner_of_its_space() {
    let row = row(app());
    assert_eq!(row.resource_id, "aws:111122223333:eu-west-1:app/d-1/ada-lab/jupyterlab/default");
    assert_eq!((row.kind.as_str(), row.name.as_deref()), ("notebook", Some("Ada-Lab/default")));
    assert_eq!((row.state.as_deref(), row.owner.as_deref()), (Some("running"), Some("ada")));
    assert_eq!((row.gpu_model.as_deref(), row.size_gib), (Some("A10G"), Some(100.0)));
    assert_eq!(row.has_idle_shutdown, Some(false));
}

#[test]
fn an_app_without_an_arn_is_named_as_its_arn_would_end() {
    let row = row(App { arn: None, ..app() });
    assert_eq!(row.resource_id, "aws:111122223333:eu-west-1:app/d-1/ada-lab/jupyterlab/default");
}

#[test]
fn the_domain_shuts_down_what_the_user_says_nothing_about() {
    let shuts =
        |user, domain| row(App { user_idle: user, domain_idle: domain, ..app() }).has_idle_shutdown;
    let unsaid = || Some(idle(None, None));
    assert_eq!(shuts(unsaid(), Some(idle(Some(true), Some(120)))), Some(true));
    assert_eq!(shuts(unsaid(), Some(idle(Some(false), Some(120)))), Some(false));
    assert_eq!(
        shuts(Some(idle(Some(false), None)), Some(idle(Some(true), Some(120)))),
        Some(false)
    );
    assert_eq!(shuts(Some(idle(Some(true), Some(60))), Some(idle(Some(false), None))), Some(true));
}

#[test]
fn what_could_not_be_read_leaves_it_open() {
    let domain_idle = Some(idle(Some(true), Some(120)));
    assert_eq!(row(App { user_idle: None, domain_idle, ..app() }).has_idle_shutdown, None);
    assert_eq!(row(App { domain_idle: None, ..app() }).has_idle_shutdown, None);
}

#[test]
fn a_space_chooses_the_time_but_does_not_switch_it_on() {
    let space_idle_minutes = Some(60);
    assert_eq!(row(App { space_idle_minutes, ..app() }).has_idle_shutdown, Some(false));
    let domain_idle = Some(idle(Some(true), Some(525_600)));
    let on = App { domain_idle, ..app() };
    assert_eq!(row(App { space_idle_minutes, ..on.clone() }).has_idle_shutdown, Some(true));
    // After a year is never.
    assert_eq!(row(on).has_idle_shutdown, Some(false));
}

#[test]
fn scripts_may_shut_down_what_settings_do_not() {
    let scripted = Some(Idle { has_scripts: true, ..Idle::default() });
    assert_eq!(row(App { domain_idle: scripted.clone(), ..app() }).has_idle_shutdown, None);
    let kernel = |domain_idle| {
        row(App { kind: "KernelGateway".to_owned(), domain_idle, ..app() }).has_idle_shutdown
    };
    assert_eq!(kernel(scripted), None);
    assert_eq!(kernel(Some(Idle::default())), Some(false));
}

#[test]
fn an_app_in_a_training_plan_is_paid_already() {
    let planned = App { plan_arn: Some(arn("training-plan/p")), ..app() };
    assert_eq!(row(planned).purchase_option.as_deref(), Some("committed"));
}

#[test]
fn an_app_that_waits_for_its_machine_is_not_called_running() {
    assert_eq!(row(App { status: Some("Pending".to_owned()), ..app() }).state, None);
}
