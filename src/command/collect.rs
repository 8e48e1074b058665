//! `ai-cost collect`: what files and servers say, as a snapshot folder.

use std::{io::Write, path::Path};

use super::{
    Surroundings, inputs,
    providers::{self, Asked},
};
use crate::{
    audit,
    catalog::Catalog,
    cli::{CollectArgs, Inputs, Network, RulesSource},
    demo,
    error::{Error, ExitCode},
    provider::{contract::Questions, join, progress::Progress},
    rule,
    settings::{Settings, form},
    snapshot::{self, Snapshot, SnapshotWriter},
    window::{MS_PER_HOUR, Window},
};

/// Hours that are looked at if nobody says otherwise: thirty days hold four weekends and every day of the week.
const DEFAULT_WINDOW_HOURS: i64 = 30 * 24;

/// Collects and writes a snapshot folder.
pub(super) fn run(
    args: &CollectArgs,
    surroundings: &Surroundings,
    out: &mut dyn Write,
) -> Result<ExitCode, Error> {
    let settings = inputs::settings_for(&args.inputs, &args.settings, surroundings)?;
    let rules = inputs::rules(&RulesSource::default(), &settings)?;
    if args.inputs.network.provider.is_empty() {
        let snapshot = inputs::snapshot(&args.inputs, &settings, &rules, surroundings, None)?;
        snapshot::write(&snapshot, &args.out)?;
    } else {
        into_folder(&args.inputs, &settings, &rules, surroundings, &args.out)?;
    }
    let snapshot = snapshot::read(&args.out)?;
    let (start, end) = (snapshot.window.start_at(), snapshot.window.end_at());
    let count = snapshot.resources.len();
    let dir = args.out.display();
    let flags = if args.inputs.demo { demo_flags() } else { String::new() };
    writeln!(
        out,
        "{dir}: {count} resources from {start} to {end}\nAudit it with: ai-cost audit --snapshot {dir}{flags}"
    )
    .map_err(|source| Error::Stdout { source })?;
    if snapshot::unfinished_window(&args.out)?.is_some() {
        writeln!(
            out,
            "Some answers were missed that may be had now. To read only these, collect again into {dir}, without --window."
        )
        .map_err(|source| Error::Stdout { source })?;
    }
    Ok(ExitCode::Done)
}

/// The settings of the built-in fleet as flags, because a snapshot holds what was observed and nothing that was decided.
fn demo_flags() -> String {
    let usual = form::entries(&Settings::default());
    let own = form::entries(&demo::settings()).into_iter().filter(|entry| !usual.contains(entry));
    own.fold(String::new(), |flags, (key, value)| {
        flags + " \\\n    --set '" + &key + "=" + &form::flag_value(&value) + "'"
    })
}

/// Asks the providers, and joins what they say with the files that were brought. A folder that an interrupted run left
/// is completed.
pub(super) fn into_folder(
    inputs: &Inputs,
    settings: &Settings,
    rules: &rule::Catalog,
    surroundings: &Surroundings,
    dir: &Path,
) -> Result<(), Error> {
    let window = window(inputs, surroundings, dir)?;
    let Network { provider, aws, kubernetes, .. } = &inputs.network;
    let catalog = inputs::catalog(inputs)?;
    let asked = Asked { aws, kubernetes, catalog: &catalog };
    let providers = providers::chosen(provider, &asked, settings, surroundings.now)?;
    let writer = SnapshotWriter::open(dir, window)?;
    let progress = Progress::new(surroundings.is_progress_visible);
    let worth = if aws.confirm_idle { audit::Worth::Confidence } else { audit::Worth::Advice };
    let questions = OpenVerdicts { rules, catalog: &catalog, settings, worth };
    let runtime = providers::runtime()?;
    for provider in &providers {
        runtime.block_on(provider.collect(window, &writer, &questions, &progress))?;
    }
    let bundle = inputs::bundle(inputs);
    if !bundle.is_empty() {
        join::files(&writer, &bundle, settings)?;
    }
    Ok(writer.finish()?)
}

/// What the rules of an audit would still have to know.
struct OpenVerdicts<'a> {
    rules: &'a rule::Catalog,
    catalog: &'a Catalog,
    settings: &'a Settings,
    worth: audit::Worth,
}

impl Questions for OpenVerdicts<'_> {
    fn open(&self, so_far: &Snapshot) -> Result<audit::OpenMeasures, String> {
        let Self { rules, catalog, settings, worth } = *self;
        let inputs = audit::Inputs { snapshot: so_far, rules, catalog, settings };
        audit::open_measures(inputs, worth).map_err(|error| error.to_string())
    }
}

/// The window that was asked for; else that of the unfinished snapshot in the folder; else the last thirty days.
fn window(inputs: &Inputs, surroundings: &Surroundings, dir: &Path) -> Result<Window, Error> {
    let Network { window, end, .. } = &inputs.network;
    let is_open = window.is_none()
        && end.is_none()
        && inputs.window_start.is_none()
        && inputs.window_end.is_none();
    if is_open && let Some(begun) = snapshot::unfinished_window(dir)? {
        return Ok(begun);
    }
    let end = end.or(inputs.window_end).unwrap_or(surroundings.now);
    // The hour that has begun is not over: it would look half idle.
    let end_hour = end.as_millisecond().div_euclid(MS_PER_HOUR);
    let hours = window.unwrap_or(DEFAULT_WINDOW_HOURS);
    let start = inputs
        .window_start
        .map_or(end_hour - hours, |start| start.as_millisecond().div_euclid(MS_PER_HOUR));
    if start >= end_hour {
        return Err(Error::Usage {
            message: "the window is empty: it would end before its first full hour".to_owned(),
            help: "state --window-start before --window-end, or --window and --end".to_owned(),
        });
    }
    Ok(Window { start, end: end_hour })
}

/// The window of a doctor's visit.
pub(super) fn last_hours(
    hours: i64,
    end: Option<jiff::Timestamp>,
    surroundings: &Surroundings,
) -> Window {
    let end = end.unwrap_or(surroundings.now).as_millisecond().div_euclid(MS_PER_HOUR);
    Window { start: end - hours, end }
}
