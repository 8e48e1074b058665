//! Servers to ask: which, how they are reached, and what else can be asked about them.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use jiff::Timestamp;

use super::{SettingsSource, value};

/// Servers to ask instead of, or beside, files.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Servers")]
#[group(skip)]
pub struct Network {
    /// Ask this provider; may be repeated
    #[arg(long, value_enum, value_name = "NAME")]
    pub provider: Vec<ProviderName>,
    /// Days or hours to look at, such as 30d or 36h [default: 30d]
    #[arg(long, value_name = "SPAN", value_parser = value::span, requires = "provider",
        conflicts_with = "window_start")]
    pub window: Option<i64>,
    /// First instant after the window, a day or an instant [default: the last full hour]
    #[arg(long, value_name = "TIME", value_parser = value::instant, requires = "provider",
        conflicts_with = "window_end")]
    pub end: Option<Timestamp>,
    /// What says which accounts are read.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// What says where clusters are.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
}

/// Which accounts of AWS are read, and what that may cost.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Servers: AWS")]
#[group(skip)]
pub struct AwsArgs {
    /// Profile of the shared AWS configuration [default: as AWS's own tools choose]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// A region, or `all` that are switched on; may be repeated [default: all]
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// An account to read; may be repeated [default: that of the credentials]
    #[arg(long, value_name = "ID", conflicts_with = "organization")]
    pub account: Vec<String>,
    /// Read all accounts of the organisation
    #[arg(long)]
    pub organization: bool,
    /// Role to assume in other accounts [default: ai-cost]
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<String>,
    /// External id that the role asks for
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// Most that requests may cost, in dollars; what would pass it is not asked for [default: 5]
    #[arg(long, value_name = "USD", value_parser = value::api_cost_usd)]
    pub max_api_cost: Option<f64>,
    /// Also read CPU and network of machines whose GPUs do nothing, which makes such findings surer
    #[arg(long)]
    pub confirm_idle: bool,
    /// Read every metric, not only those that verdicts wait for
    #[arg(long)]
    pub every_metric: bool,
}

/// Where clusters are.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Servers: Kubernetes")]
#[group(skip)]
pub struct KubernetesArgs {
    /// A Prometheus-compatible server, with the name of its cluster if there are several; may be repeated
    #[arg(long, value_name = "[CLUSTER=]URL")]
    pub prometheus_url: Vec<String>,
    /// Clusters and credentials of API servers [default: KUBECONFIG, else ~/.kube/config, else those of the pod]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig, with the name of its cluster if it is called otherwise; may be repeated
    #[arg(long, value_name = "[CLUSTER=]NAME")]
    pub context: Vec<String>,
}

/// `ai-cost permissions`
#[derive(Debug, Clone, PartialEq, Args)]
#[group(skip)]
pub struct PermissionsArgs {
    /// Of which provider
    #[arg(value_enum)]
    pub provider: ProviderName,
    /// How to print them
    #[arg(long, value_enum, default_value_t = PolicyFormat::Text)]
    pub format: PolicyFormat,
}

/// `ai-cost doctor`
#[derive(Debug, Clone, PartialEq, Args)]
#[group(skip)]
pub struct DoctorArgs {
    /// Which provider
    #[arg(value_enum)]
    pub provider: ProviderName,
    /// Days or hours to look at, such as 30d or 36h
    #[arg(long, value_name = "SPAN", value_parser = value::span, default_value = "30d")]
    pub window: i64,
    /// First instant after the window, a day or an instant [default: the last full hour]
    #[arg(long, value_name = "TIME", value_parser = value::instant)]
    pub end: Option<Timestamp>,
    /// What says which accounts are read.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// What says where clusters are.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsSource,
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// Providers that are asked over a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum ProviderName {
    /// Accounts of Amazon Web Services: machines, SageMaker, Bedrock, CloudWatch and the bill
    Aws,
    /// Clusters: Prometheus-compatible servers and API servers
    Kubernetes,
}

/// Forms of a list of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyFormat {
    /// For people: each with what it is for
    Text,
    /// For machines: an IAM policy, or a manifest to apply
    #[value(alias = "yaml")]
    Policy,
}
