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
    /// What says where clusters are.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
}

/// Where clusters are.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Servers")]
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
    /// Clusters: Prometheus-compatible servers and API servers
    Kubernetes,
}

/// Forms of a list of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyFormat {
    /// For people: each with what it is for
    Text,
    /// For machines: a manifest to apply
    Yaml,
}
