//! How often a provider was asked for something.

use serde::{Deserialize, Serialize};

/// Calls of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallCount {
    /// The provider asked: `kubernetes`, ….
    pub provider: String,
    /// What was asked for, in the provider's words: `query_range`, `list pods`, ….
    pub operation: String,
    /// Requests sent, repetitions included.
    pub request_count: u64,
    /// Those that repeated a request which had failed.
    pub retry_count: u64,
    /// Bytes of the answers, as they were decoded.
    pub received_bytes: u64,
    /// Metrics that were asked for, where the provider bills each.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub metric_count: u64,
    /// What it costs at list price, in millionths of a dollar. Zero: nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub list_micro_usd: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl CallCount {
    /// The calls beyond those that were known before.
    #[must_use]
    pub fn since(&self, known: Option<&Self>) -> Self {
        let of = |value: fn(&Self) -> u64| value(self).saturating_sub(known.map_or(0, value));
        Self {
            provider: self.provider.clone(),
            operation: self.operation.clone(),
            request_count: of(|call| call.request_count),
            retry_count: of(|call| call.retry_count),
            received_bytes: of(|call| call.received_bytes),
            metric_count: of(|call| call.metric_count),
            list_micro_usd: of(|call| call.list_micro_usd),
        }
    }

    /// Adds the calls of another run.
    pub fn add(&mut self, other: &Self) {
        self.request_count += other.request_count;
        self.retry_count += other.retry_count;
        self.received_bytes += other.received_bytes;
        self.metric_count += other.metric_count;
        self.list_micro_usd += other.list_micro_usd;
    }
}
