//! Notebook instances and the scripts that stop them.

use aws_smithy_types::base64;

use super::{arn, at, read};
use crate::{
    frame::ResourceRow,
    provider::aws::{
        observed::MetricSource,
        sagemaker::wire::{Notebook, Region, Script},
    },
};

fn notebook() -> Notebook {
    Notebook {
        arn: arn("notebook-instance/Ada"),
        name: "Ada".to_owned(),
        status: Some("InService".to_owned()),
        instance_type: Some("ml.g4dn.xlarge".to_owned()),
        volume_gb: Some(50),
        created_at: Some(at(-500)),
        modified_at: Some(at(-20)),
        tags: Some([("owner".to_owned(), "ada".to_owned())].into()),
        ..Notebook::default()
    }
}

fn row(notebook: Notebook) -> ResourceRow {
    read(&Region { notebooks: vec![notebook], ..Region::default() }).resources.remove(0)
}

/// Whether a notebook with these scripts stops by itself.
fn stops(on_start: &[&str], on_create: &[&str]) -> Option<bool> {
    let texts = |list: &[&str]| list.iter().map(base64::encode).collect();
    let script = Script { on_start: texts(on_start), on_create: texts(on_create) };
    let script_name = Some("auto".to_owned());
    row(Notebook { script_name, script: Some(script), ..notebook() }).has_idle_shutdown
}

#[test]
fn a_notebook_that_runs_is_paid_by_the_hour() {
    let row = row(notebook());
    assert_eq!(row.resource_id, "aws:111122223333:eu-west-1:notebook-instance/ada");
    assert_eq!((row.kind.as_str(), row.state.as_deref()), ("notebook", Some("running")));
    assert_eq!((row.gpu_model.as_deref(), row.gpu_count), (Some("T4"), Some(1.0)));
    assert_eq!((row.launched_at, row.stopped_at), (Some(at(-500)), None));
    assert_eq!((row.size_gib, row.has_idle_shutdown), (Some(50.0), Some(false)));
    assert_eq!(row.tags_json, r#"{"owner":"ada"}"#);
}

#[test]
fn a_notebook_that_was_changed_since_and_runs_was_off_at_times_before() {
    let started = |notebook: Notebook| row(notebook).last_started_at;
    assert_eq!(started(notebook()), Some(at(-20)));
    let made = Notebook { modified_at: Some(at(-500)), ..notebook() };
    assert_eq!(started(made), None, "its first start");
    let stopped = Notebook { status: Some("Stopped".to_owned()), ..notebook() };
    assert_eq!(started(stopped), None, "its last change was its stop");
    assert_eq!(started(Notebook { modified_at: None, ..notebook() }), None);
}

#[test]
fn a_notebook_that_is_stopped_keeps_its_volume() {
    let row = row(Notebook { status: Some("Stopped".to_owned()), ..notebook() });
    assert_eq!((row.state.as_deref(), row.stopped_at), (Some("stopped"), Some(at(-20))));
    assert_eq!(row.size_gib, Some(50.0));
}

#[test]
fn states_in_between_and_unknown_ones_are_open() {
    for status in ["Pending", "Stopping", "Failed", "Updating", "Deleting", "Hibernated"] {
        let row = row(Notebook { status: Some(status.to_owned()), ..notebook() });
        assert_eq!((row.state, row.stopped_at), (None, None), "{status}");
    }
}

#[test]
fn a_script_that_calls_stop_at_each_start_shuts_it_down() {
    let by_cli = "#!/bin/bash\naws sagemaker stop-notebook-instance --notebook-instance-name $N";
    assert_eq!(stops(&[by_cli], &[]), Some(true));
    assert_eq!(stops(&["boto3.client('sagemaker').stop_notebook_instance()"], &[]), Some(true));
    let by_name = "wget https://example.com/autostop.py\n(crontab -l; echo 'python autostop.py')";
    assert_eq!(stops(&[by_name], &[]), Some(true));
}

#[test]
fn a_script_that_does_something_else_does_not() {
    assert_eq!(stops(&["#!/bin/bash\nexport X=1"], &[]), Some(false));
    assert_eq!(stops(&["# aws sagemaker stop-notebook-instance\ndate"], &[]), Some(false));
    assert_eq!(stops(&[], &[]), Some(false));
}

#[test]
fn a_script_that_brings_another_may_hide_anything() {
    assert_eq!(stops(&["aws s3 cp s3://tools/setup.sh . && bash setup.sh"], &[]), None);
    // What was set up once is gone after the first stop.
    assert_eq!(stops(&[], &["aws sagemaker stop-notebook-instance"]), None);
}

#[test]
fn a_script_that_cannot_be_read_leaves_it_open() {
    let with = |script| {
        row(Notebook { script_name: Some("auto".to_owned()), script, ..notebook() })
            .has_idle_shutdown
    };
    assert_eq!(with(None), None);
    let broken = Script { on_start: vec!["%%%".to_owned()], on_create: vec![] };
    assert_eq!(with(Some(broken)), None);
}

#[test]
fn a_notebook_that_runs_may_be_measured_by_an_agent_that_names_it() {
    let metered = |status: &str| {
        let notebook = Notebook { status: Some(status.to_owned()), ..notebook() };
        read(&Region { notebooks: vec![notebook], ..Region::default() }).metered
    };
    let [running] = metered("InService").try_into().unwrap();
    let source = MetricSource::Notebook { name: "Ada".to_owned(), is_studio: false };
    assert_eq!((running.source, running.gpu_count), (source, Some(1.0)));
    assert_eq!(metered("Stopped"), []);
}
