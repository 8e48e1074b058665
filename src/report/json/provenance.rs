//! What a report was made from, as JSON says it.

use schemars::JsonSchema;
use serde::Serialize;

/// What the report was made from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Provenance {
    /// Version of the tool.
    pub tool_version: String,
    /// Format version of the snapshot.
    pub snapshot_version: u32,
    /// SHA-256 of the snapshot's parts; of files audited directly, of the window and each file's BLAKE3.
    pub snapshot_sha256: String,
    /// SHA-256 of the rules.
    pub rules_sha256: String,
    /// SHA-256 of the settings.
    pub settings_sha256: String,
    /// SHA-256 of the catalog.
    pub catalog_sha256: String,
    /// Providers that were asked over a network, by name.
    pub asked: Vec<Asked>,
}

/// What one provider was asked.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Asked {
    /// The provider.
    pub provider: String,
    /// Requests sent, repetitions included.
    pub request_count: u64,
    /// Those that repeated a request which had failed.
    pub retry_count: u64,
    /// Bytes of the answers.
    pub received_bytes: u64,
    /// Metrics that were asked for, where the provider bills each.
    pub metric_count: u64,
    /// What it cost at list price, with six digits, because a metric costs a thousandth of a cent.
    pub list_usd: String,
    /// The same by operation.
    pub calls: Vec<Calls>,
}

/// Calls of one operation.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Calls {
    /// What was asked for, in the provider's words.
    pub operation: String,
    /// Requests sent, repetitions included.
    pub request_count: u64,
    /// Those that repeated a request which had failed.
    pub retry_count: u64,
    /// Bytes of the answers.
    pub received_bytes: u64,
    /// Metrics that were asked for, where the provider bills each.
    pub metric_count: u64,
    /// What it cost at list price, with six digits.
    pub list_usd: String,
}
