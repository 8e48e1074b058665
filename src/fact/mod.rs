//! What rules may read: one table per kind of subject, one documented entry per fact.

mod specs;
mod table;

pub use specs::{
    AcceleratorFacts, CommitmentFacts, CommonFacts, EndpointFacts, JobFacts, NotebookFacts,
    PoolFacts, ResourceFacts, ThroughputFacts, VolumeFacts, specs_of,
};
pub use table::{FactRow, FactSpec, FactTable, FactType, SubjectKind, SubjectRef, Value};
