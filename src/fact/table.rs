//! Facts as plain values: the kinds of subject, their rows, and what a value is.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// What a rule judges, one facts table each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A machine with accelerators.
    Accelerator,
    /// A model endpoint.
    Endpoint,
    /// A notebook or development machine.
    Notebook,
    /// A training, batch or processing job.
    Job,
    /// A disk.
    Volume,
    /// Model throughput bought by the hour.
    Throughput,
    /// A reservation, plan or capacity reservation.
    Commitment,
    /// Interchangeable machines of one account, region and family.
    Pool,
    /// What runs on nodes: a deployment, a job, a notebook. Its cost is its share of theirs.
    Workload,
    /// The accelerators of a node that no pod holds. Their cost is their share of the node's.
    Spare,
    /// Any resource of the estate, whatever its kind. A machine beneath a node is judged as the node.
    Resource,
}

impl SubjectKind {
    /// All kinds, in the order of documentation and output.
    pub const ALL: [Self; 11] = [
        Self::Accelerator,
        Self::Endpoint,
        Self::Notebook,
        Self::Job,
        Self::Volume,
        Self::Throughput,
        Self::Commitment,
        Self::Pool,
        Self::Workload,
        Self::Spare,
        Self::Resource,
    ];

    /// The word used in rule files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accelerator => "accelerator",
            Self::Endpoint => "endpoint",
            Self::Notebook => "notebook",
            Self::Job => "job",
            Self::Volume => "volume",
            Self::Throughput => "throughput",
            Self::Commitment => "commitment",
            Self::Pool => "pool",
            Self::Workload => "workload",
            Self::Spare => "spare",
            Self::Resource => "resource",
        }
    }

    /// Whether its cost is a share of nodes' costs, and not paid on its own.
    pub fn is_slice(self) -> bool {
        matches!(self, Self::Workload | Self::Spare)
    }

    /// The kind of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The type of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactType {
    /// Yes or no.
    Bool,
    /// A 64-bit float; its unit is the suffix of its name.
    Number,
    /// Text.
    Text,
}

impl fmt::Display for FactType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "yes/no",
            Self::Number => "number",
            Self::Text => "text",
        })
    }
}

/// The value of a fact. Null means that it is not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Not known.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// Text.
    Text(Arc<str>),
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// A number that is not finite is not known.
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Number(value) } else { Self::Null }
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.as_str().into())
    }
}

impl<T> From<Option<T>> for Value
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

impl<'a> From<&'a Option<String>> for Value {
    fn from(value: &'a Option<String>) -> Self {
        value.as_ref().map_or(Self::Null, Self::from)
    }
}

impl Value {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The answer, if it is one.
    pub fn bool(&self) -> Option<bool> {
        if let Self::Bool(answer) = self { Some(*answer) } else { None }
    }
}

/// The documentation of a fact. A fact that is not listed does not exist.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FactSpec {
    /// Name, ending in its unit.
    pub name: &'static str,
    /// Type.
    pub fact_type: FactType,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// What a null in it means; empty if it is never null.
    pub null_means: &'static str,
}

/// Who a row of facts is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SubjectRef {
    /// Issuer: `aws`, `azure`, `gcp`, `kubernetes`, ….
    pub provider: String,
    /// Account, subscription or project.
    pub account_id: String,
    /// Region, or `global`.
    pub region: String,
    /// Global id of the resource, commitment or pool.
    pub resource_id: String,
    /// What it is: the `kind` of the resource, commitment or `pool`.
    pub kind: String,
    /// Name people gave it.
    pub name: Option<String>,
    /// Machine type.
    pub instance_type: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// Team.
    pub team: Option<String>,
}

/// One subject and its facts, in the order of the table's specs.
#[derive(Debug, Clone)]
pub struct FactRow {
    /// Who.
    pub subject: SubjectRef,
    /// Values, parallel to [`FactTable::specs`].
    pub values: Vec<Value>,
}

/// All subjects of one kind, sorted by resource id.
#[derive(Debug, Clone)]
pub struct FactTable {
    /// Which kind.
    pub kind: SubjectKind,
    /// Columns.
    pub specs: Vec<FactSpec>,
    /// Rows.
    pub rows: Vec<FactRow>,
}

impl FactTable {
    /// Position of a fact by name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.specs.iter().position(|spec| spec.name == name)
    }
}
