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
}

impl CallCount {
    /// Adds the calls of another run.
    pub fn add(&mut self, other: &Self) {
        self.request_count += other.request_count;
        self.retry_count += other.retry_count;
        self.received_bytes += other.received_bytes;
    }
}
