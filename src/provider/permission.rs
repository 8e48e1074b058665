//! What a provider may ask for: the ground of its documentation, its ready-made policies and its tests.

/// Words that name an operation which only reads.
pub const READING_VERBS: [&str; 5] = ["get", "list", "describe", "query", "read"];

/// One thing that a provider asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// Where it belongs: an API group such as `apps`, a service such as `ec2`, or `prometheus`.
    pub group: &'static str,
    /// What is read: a resource such as `deployments`, or an operation such as `DescribeInstances`.
    pub resource: &'static str,
    /// How it is read; only words of [`READING_VERBS`].
    pub verbs: &'static [&'static str],
    /// What is made of the answer, such as `nodes, their prices and their accelerators`.
    pub feeds: &'static str,
    /// What stays hidden without it, as a lowercase fragment.
    pub hides: &'static str,
    /// Whether an audit is possible without it.
    pub is_optional: bool,
}

impl Permission {
    /// Whether all its verbs only read.
    pub fn is_read_only(&self) -> bool {
        !self.verbs.is_empty() && self.verbs.iter().all(|verb| READING_VERBS.contains(verb))
    }
}
