//! From the command line to what an audit is a function of.

use std::path::Path;

use super::{Surroundings, collect};
use crate::{
    catalog::Catalog,
    cli::{Inputs, RulesSource, SettingsSource},
    demo,
    error::Error,
    fact::specs_of,
    provider::bundle::Bundle,
    rule,
    settings::{
        Settings,
        layers::{self, Origins, Sources},
    },
    snapshot::{self, Snapshot},
};

/// The settings, and where each came from.
pub(super) fn settings(
    source: &SettingsSource,
    surroundings: &Surroundings,
) -> Result<(Settings, Origins), Error> {
    settings_over(Settings::default(), source, surroundings)
}

/// The settings of an audit of these inputs. The built-in fleet brings settings of its own, for what nobody decides.
pub(super) fn settings_for(
    inputs: &Inputs,
    source: &SettingsSource,
    surroundings: &Surroundings,
) -> Result<Settings, Error> {
    let defaults = if inputs.demo { demo::settings() } else { Settings::default() };
    Ok(settings_over(defaults, source, surroundings)?.0)
}

fn settings_over(
    defaults: Settings,
    source: &SettingsSource,
    surroundings: &Surroundings,
) -> Result<(Settings, Origins), Error> {
    let sources = Sources::read(
        source.settings.as_deref(),
        Path::new("."),
        surroundings.environment.clone(),
        source.set.clone(),
    )?;
    Ok(layers::resolve_over(defaults, &sources)?)
}

/// The rules: built-in and the user's own, without the disabled ones, with the parameters of the settings.
pub(super) fn rules(source: &RulesSource, settings: &Settings) -> Result<rule::Catalog, Error> {
    let mut rules = all_rules(source)?;
    for (id, changed) in &settings.rules {
        if rules.get(id).is_none() {
            let help = match rules.nearest(id) {
                Some(nearest) => {
                    format!("did you mean `{nearest}`? `ai-cost rules list` lists all")
                }
                None => "`ai-cost rules list` lists all".to_owned(),
            };
            return Err(Error::Usage {
                message: format!("the settings change the rule `{id}`, which does not exist"),
                help,
            });
        }
        rules.set_params(id, &changed.params)?;
        if !changed.is_enabled {
            rules.remove(id);
        }
    }
    Ok(rules)
}

/// All rules as their files say.
pub(super) fn all_rules(source: &RulesSource) -> Result<rule::Catalog, Error> {
    let mut rules = rule::Catalog::embedded(&specs_of)?;
    for dir in &source.rules {
        rules = rules.with_dir(dir, &specs_of)?;
    }
    Ok(rules)
}

/// What can be bought.
pub(super) fn catalog(inputs: &Inputs) -> Result<Catalog, Error> {
    Ok(match &inputs.catalog {
        Some(dir) => Catalog::read(dir)?,
        None => Catalog::embedded()?,
    })
}

/// Where an audit that asks servers keeps what they said until it ends. `None`: it asks none.
pub(super) fn draft_folder(inputs: &Inputs) -> Result<Option<tempfile::TempDir>, Error> {
    if inputs.network.provider.is_empty() {
        return Ok(None);
    }
    let folder = tempfile::tempdir().map_err(|source| Error::Write {
        path: std::env::temp_dir(),
        help: "set TMPDIR to a folder that can be written, or collect first: `ai-cost collect … --out DIR`"
            .to_owned(),
        source,
    })?;
    Ok(Some(folder))
}

/// What was observed. What servers say goes through the `draft` folder.
pub(super) fn snapshot(
    inputs: &Inputs,
    settings: &Settings,
    rules: &rule::Catalog,
    surroundings: &Surroundings,
    draft: Option<&tempfile::TempDir>,
) -> Result<Snapshot, Error> {
    if inputs.demo {
        return Ok(demo::demo()?.into_snapshot());
    }
    if let Some(dir) = &inputs.snapshot {
        return Ok(snapshot::read(dir)?);
    }
    if let Some(draft) = draft {
        collect::into_folder(inputs, settings, rules, surroundings, draft.path())?;
        return Ok(snapshot::read(draft.path())?);
    }
    Ok(bundle(inputs).read(settings)?)
}

/// The files that were brought.
pub(super) fn bundle(inputs: &Inputs) -> Bundle {
    Bundle {
        billing: inputs.billing.clone(),
        inventory: inputs.inventory.clone(),
        metrics: inputs.metrics.iter().cloned().collect(),
        invocations: inputs.invocations.clone(),
        commitments: inputs.commitments.clone(),
        workloads: inputs.workloads.clone(),
        window_start: inputs.window_start,
        window_end: inputs.window_end,
        is_beside_provider: false,
    }
}
