//! Defaults < user file < project file < environment < flags. Every value keeps where it came from.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{
    Settings,
    assign::{self, Assignment},
    env::Environment,
    error::{FileError, SettingsError},
    form::entries,
    parse::{Places, line_of, parse},
};

/// The name of a project's settings file.
pub const PROJECT_FILE: &str = "ai-cost.toml";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A line of a settings file.
    File {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Variable {
        /// Its name.
        name: String,
    },
    /// `--set` on the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Variable { name } => f.write_str(name),
            Self::Flag => f.write_str("--set"),
        }
    }
}

/// Origins by key path; every value has one.
pub type Origins = BTreeMap<String, Origin>;

/// A settings file with its text.
#[derive(Debug, Clone)]
pub struct FileText {
    /// Path, as messages name it.
    pub path: String,
    /// Content.
    pub text: String,
}

/// Everything that may set a value.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Settings files, weakest first.
    pub files: Vec<FileText>,
    /// The environment; only `AI_COST_…` matters.
    pub environment: Environment,
    /// `--set` in the order given.
    pub assignments: Vec<(String, String)>,
}

impl Sources {
    /// Reads the settings files: the user's, then `settings_path`, or `ai-cost.toml` in `folder` if that is `None`.
    /// Files that nobody named may be absent.
    pub fn read(
        settings_path: Option<&Path>,
        folder: &Path,
        environment: Environment,
        assignments: Vec<(String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut files = Vec::new();
        if let Some(path) = user_file(&environment) {
            files.extend(read_if_present(&path)?);
        }
        match settings_path {
            Some(path) => files.push(FileText { path: shown(path), text: read_text(path)? }),
            None => files.extend(read_if_present(&folder.join(PROJECT_FILE))?),
        }
        Ok(Self { files, environment, assignments })
    }
}

/// `$XDG_CONFIG_HOME/ai-cost/config.toml`, or the same under `~/.config`. A relative `XDG_CONFIG_HOME` is not valid and
/// ignored, as its specification asks.
fn user_file(environment: &Environment) -> Option<PathBuf> {
    let folder = |name: &str| {
        let path = Path::new(environment.get(name)?);
        path.is_absolute().then(|| path.to_owned())
    };
    let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(config.join("ai-cost").join("config.toml"))
}

fn read_text(path: &Path) -> Result<String, SettingsError> {
    fs::read_to_string(path)
        .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })
}

fn read_if_present(path: &Path) -> Result<Option<FileText>, SettingsError> {
    match read_text(path) {
        Ok(text) => Ok(Some(FileText { path: shown(path), text })),
        Err(SettingsError::Unreadable { source, .. })
            if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A path as messages name it, without a leading `./`.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// Decides every setting.
pub fn resolve(sources: &Sources) -> Result<(Settings, Origins), SettingsError> {
    resolve_over(Settings::default(), sources)
}

/// Decides every setting over other defaults than the usual ones, as the built-in fleet has them.
pub fn resolve_over(
    defaults: Settings,
    sources: &Sources,
) -> Result<(Settings, Origins), SettingsError> {
    let mut settings = defaults;
    let mut origins = Origins::new();
    let mut hours = None;
    for file in &sources.files {
        let parsed = parse(&file.path, &file.text)?;
        note_places(&parsed.places, file, settings.exemptions.len(), &mut origins);
        parsed.file.apply(&mut settings);
        if let Some(span) = parsed.places.get("policy.working_end_hour") {
            hours = Some((file, span.clone()));
        }
    }
    let assignments = assign::from_environment(&sources.environment)?
        .into_iter()
        .chain(assign::from_flags(&sources.assignments)?);
    for Assignment { key, file, origin } in assignments {
        file.apply(&mut settings);
        origins.insert(key, origin);
    }
    for (key, _) in entries(&settings) {
        origins.entry(key).or_insert(Origin::Default);
    }
    check_working_hours(&settings, &origins, hours)?;
    Ok((settings, origins))
}

/// `known_exemptions` were written by weaker files and come first.
fn note_places(places: &Places, file: &FileText, known_exemptions: usize, origins: &mut Origins) {
    let mut exemption = known_exemptions;
    // Places are sorted as text, exemptions must be counted as they stand in the file.
    let mut by_position: Vec<_> = places.iter().collect();
    by_position.sort_by_key(|(_, span)| span.start);
    for (key, span) in by_position {
        let line = line_of(&file.text, span.start);
        let key = if key.starts_with("exemptions[") {
            // An exemption is one value: its fields have no origins of their own.
            if !key.ends_with(']') {
                continue;
            }
            exemption += 1;
            format!("exemptions[{}]", exemption - 1)
        } else {
            key.clone()
        };
        origins.insert(key, Origin::File { path: file.path.clone(), line });
    }
}

/// Points into the file if the end of work was decided there.
fn check_working_hours(
    settings: &Settings,
    origins: &Origins,
    file_end: Option<(&FileText, std::ops::Range<usize>)>,
) -> Result<(), SettingsError> {
    let (start, end) = (settings.policy.working_start_hour, settings.policy.working_end_hour);
    if start < end {
        return Ok(());
    }
    let origin = |key: &str| origins.get(key).cloned().unwrap_or(Origin::Default);
    let (start_at, end_at) =
        (origin("policy.working_start_hour"), origin("policy.working_end_hour"));
    if let (Origin::File { .. }, Some((file, span))) = (&end_at, file_end) {
        return Err(Box::new(FileError {
            message: format!("work ends at {end}, but starts at {start} ({start_at})"),
            source_text: miette::NamedSource::new(&file.path, file.text.clone()),
            span: span.into(),
            help: Some(
                "the end must be later than the start; leave `working_days` empty to declare no working hours"
                    .to_owned(),
            ),
        })
        .into());
    }
    Err(SettingsError::WorkingHours {
        start,
        start_origin: start_at.to_string(),
        end,
        end_origin: end_at.to_string(),
    })
}
