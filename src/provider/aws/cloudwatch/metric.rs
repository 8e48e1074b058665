//! What a metric is to `CloudWatch`: a namespace, a name and an exact set of dimensions.

use serde::{Deserialize, Serialize};

/// A metric. Its dimensions are in order of their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Metric {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: Vec<(String, String)>,
}

impl Metric {
    pub(super) fn new(namespace: &str, name: &str, mut dimensions: Vec<(String, String)>) -> Self {
        dimensions.sort();
        Self { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
    }

    /// With dimensions that are known beforehand.
    pub(super) fn known(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Self {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Self::new(namespace, name, dimensions.iter().map(owned).collect())
    }

    /// Another metric that is sent with the same dimensions.
    pub(super) fn beside(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }

    /// The value of a dimension. `None`: it has no such dimension.
    pub(super) fn dimension(&self, name: &str) -> Option<&str> {
        self.dimensions.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether this is a roll-up of the other: all its dimensions, with the same values, are among the other's.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.dimensions.iter().all(|dimension| other.dimensions.contains(dimension))
    }
}

/// What is made of the samples of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Statistic {
    Average,
    Maximum,
    Sum,
    SampleCount,
    P95,
}

impl Statistic {
    /// As requests spell it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Average => "Average",
            Self::Maximum => "Maximum",
            Self::Sum => "Sum",
            Self::SampleCount => "SampleCount",
            Self::P95 => "p95",
        }
    }
}
