//! What was typed: the command line as plain values. Nothing is decided here.

mod help;
mod network;
mod value;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum, ValueHint};
use jiff::Timestamp;

use help::{AUDIT_EXAMPLES, COLLECT_EXAMPLES, RULES_EXAMPLES, SETTINGS_EXAMPLES, after_help};
pub use help::{write_completions, write_man};
pub use network::{
    AwsArgs, DoctorArgs, KubernetesArgs, Network, PermissionsArgs, PolicyFormat, ProviderName,
};
pub use value::FailOn;

use crate::{error::Error, report::GroupBy};

/// Finds what AI workloads in the cloud waste, with money and evidence for every finding.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(name = "ai-cost", version, max_term_width = 100, after_help = after_help())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Use colours
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Columns to fill [default: those of the terminal, else 80]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(40..))]
    pub width: Option<u16>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Command {
    /// Judge what was collected and say what it wastes
    Audit(Box<AuditArgs>),
    /// Read inputs and write them as a snapshot folder
    Collect(Box<CollectArgs>),
    /// List, explain, check and test rules
    Rules(RulesArgs),
    /// List the facts that rules may read
    Facts(FactsArgs),
    /// Print every setting and where it came from
    Settings(SettingsArgs),
    /// Print the JSON Schema of a file
    Schema {
        /// Of what
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Print what a provider is asked for, as a policy to apply
    Permissions(PermissionsArgs),
    /// Look at what a provider can show, and what is missing; changes nothing
    Doctor(Box<DoctorArgs>),
    /// Print a completion script
    Completions {
        /// For which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man {
        /// Of this command instead of the program
        command: Option<String>,
    },
}

/// What an audit or a snapshot is made from.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Inputs")]
#[group(skip)]
pub struct Inputs {
    /// A small built-in fleet: nothing to configure, no network
    #[arg(long, conflicts_with_all = WHOLE, conflicts_with = "snapshot")]
    pub demo: bool,
    /// A folder that `ai-cost collect` wrote
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath,
        conflicts_with_all = WHOLE)]
    pub snapshot: Option<PathBuf>,
    /// Servers to ask, and how.
    #[command(flatten)]
    pub network: Network,
    /// A bill: FOCUS, AWS CUR, Azure or GCP export as CSV, CSV.gz, Parquet or NDJSON; may be repeated
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub billing: Vec<PathBuf>,
    /// Resources, one per row
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub inventory: Option<PathBuf>,
    /// Utilisation over time
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "provider")]
    pub metrics: Option<PathBuf>,
    /// Requests to endpoints over time
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub invocations: Option<PathBuf>,
    /// Reservations, plans and committed use
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub commitments: Option<PathBuf>,
    /// What ran on the resources
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub workloads: Option<PathBuf>,
    /// First instant to look at, a day or an instant [default: what the files cover]
    #[arg(long, value_name = "TIME", value_parser = value::instant)]
    pub window_start: Option<Timestamp>,
    /// First instant after [default: what the files cover]
    #[arg(long, value_name = "TIME", value_parser = value::instant)]
    pub window_end: Option<Timestamp>,
    /// Shapes, prices and GPUs instead of the built-in ones
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub catalog: Option<PathBuf>,
}

/// Files of a bundle: any of them may be missing.
const FILES: [&str; 6] =
    ["billing", "inventory", "metrics", "invocations", "commitments", "workloads"];

/// What the demo and a snapshot decide themselves.
const WHOLE: [&str; 9] = [
    "provider",
    "billing",
    "inventory",
    "metrics",
    "invocations",
    "commitments",
    "workloads",
    "window_start",
    "window_end",
];

/// At least one input is needed.
fn input_group() -> ArgGroup {
    ArgGroup::new("INPUT")
        .args(["demo", "snapshot", "provider"])
        .args(FILES)
        .multiple(true)
        .required(true)
}

/// Where settings come from besides their defaults and the environment.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Settings")]
#[group(skip)]
pub struct SettingsSource {
    /// Settings file of the project [default: ai-cost.toml, if there is one]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub settings: Option<PathBuf>,
    /// Set one value, such as `policy.time_zone=Europe/Berlin`; lists with commas; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = value::assignment)]
    pub set: Vec<(String, String)>,
}

/// More rules than the built-in ones.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[group(skip)]
pub struct RulesSource {
    /// A folder with rule files of your own; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub rules: Vec<PathBuf>,
}

/// `ai-cost audit`
#[derive(Debug, Clone, PartialEq, Args)]
#[command(group = input_group(), after_help = AUDIT_EXAMPLES,
    override_usage = "ai-cost audit [OPTIONS] <INPUTS>")]
#[group(skip)]
pub struct AuditArgs {
    /// What to audit.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsSource,
    /// Rules.
    #[command(flatten, next_help_heading = "Settings")]
    pub rules: RulesSource,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    pub format: Format,
    /// Write to a file instead of standard output, as a whole or not at all
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output",
        required_if_eq("format", "parquet"))]
    pub out: Option<PathBuf>,
    /// More columns in the table
    #[arg(long, help_heading = "Output")]
    pub wide: bool,
    /// Only the N findings that count most; sums stay those of all
    #[arg(long, value_name = "N", help_heading = "Output",
        value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,
    /// Put findings together
    #[arg(long, value_enum, value_name = "BY", help_heading = "Output")]
    pub group_by: Option<GroupBy>,
    /// Show one finding with everything behind it; the first digits of its fingerprint are enough
    #[arg(long, value_name = "FINGERPRINT", help_heading = "Output",
        conflicts_with_all = ["format", "wide", "top", "group_by", "fail_on"])]
    pub explain: Option<String>,
    /// Exit with 3 if a finding is this severe (high, medium, low, info) or counted savings reach this many dollars per
    /// month (500, $500, 500/mo)
    #[arg(long, value_name = "LIMIT", help_heading = "Exit code", value_parser = value::fail_on)]
    pub fail_on: Option<FailOn>,
    /// Exit with 4 if anything could not be seen
    #[arg(long, help_heading = "Exit code")]
    pub strict: bool,
}

impl AuditArgs {
    /// Refuses what goes together only in some formats, which the parser cannot know.
    pub fn check(&self) -> Result<(), Error> {
        let is_table = self.format == Format::Table;
        for (is_given, flag) in [
            (self.wide, "--wide"),
            (self.top.is_some(), "--top"),
            (self.group_by.is_some(), "--group-by"),
        ] {
            if is_given && !is_table {
                return Err(Error::Usage {
                    message: format!("`{flag}` is for tables; the other formats hold everything"),
                    help: format!("leave out `{flag}` or `--format`"),
                });
            }
        }
        Ok(())
    }
}

/// `ai-cost collect`
#[derive(Debug, Clone, PartialEq, Args)]
#[command(group = input_group(), after_help = COLLECT_EXAMPLES,
    override_usage = "ai-cost collect [OPTIONS] <INPUTS> --out <DIR>")]
#[group(skip)]
pub struct CollectArgs {
    /// What to collect.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsSource,
    /// Folder to write
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    pub out: PathBuf,
}

/// `ai-cost rules`
#[derive(Debug, Clone, PartialEq, Args)]
#[command(after_help = RULES_EXAMPLES)]
#[group(skip)]
pub struct RulesArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// What to do with rules.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum RulesCommand {
    /// List all rules
    List {
        /// Rules.
        #[command(flatten)]
        rules: RulesSource,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one rule: why, when it is wrong, what to do, its parameters and examples
    Explain {
        /// Rules.
        #[command(flatten)]
        rules: RulesSource,
        /// Id of the rule, such as gpu-idle
        id: String,
    },
    /// Check rule files and run their examples
    Check {
        /// Rules.
        #[command(flatten)]
        rules: RulesSource,
        /// Rule files
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
    /// Run the examples of rules
    Test {
        /// Rules.
        #[command(flatten)]
        rules: RulesSource,
        /// Ids of the rules [default: all]
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
}

/// `ai-cost facts`
#[derive(Debug, Clone, PartialEq, Args)]
#[group(skip)]
pub struct FactsArgs {
    /// Only of this kind of subject, such as accelerator
    #[arg(value_name = "SUBJECT", value_parser = value::subject_kind())]
    pub subject: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `ai-cost settings`
#[derive(Debug, Clone, PartialEq, Args)]
#[command(after_help = SETTINGS_EXAMPLES)]
#[group(skip)]
pub struct SettingsArgs {
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsSource,
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Print the commented defaults instead: the beginning of a file of your own
    #[arg(long, help_heading = "Output", conflicts_with_all = ["json", "settings", "set"])]
    pub defaults: bool,
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// Everything, for programs
    Json,
    /// Findings, for spreadsheets
    Csv,
    /// Findings, one JSON object per line
    Ndjson,
    /// Findings, for warehouses; needs --out
    Parquet,
    /// A summary for pull requests
    Markdown,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Yes
    Always,
    /// No
    Never,
}

/// Files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The JSON report
    Report,
    /// ai-cost.toml
    Settings,
    /// Columns of --metrics files, as text
    Metrics,
}

#[cfg(test)]
mod tests;
