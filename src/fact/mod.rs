//! What rules may read: one table per kind of subject, one documented entry per fact.

mod bill;
mod candidate;
mod commitment;
mod cost;
mod load;
mod loads;
mod machine;
mod measure;
mod money;
mod pair;
mod pool;
mod resource;
mod running;
mod serving;
mod specs;
mod subject;
mod table;
#[cfg(test)]
mod tests;
mod traffic;
mod unmatched;

pub use cost::{CostIndex, HourlyCost, ResourceCost};
pub use measure::{Facts, Ground};
pub use pair::Pair;
pub use specs::{
    AcceleratorFacts, CommitmentFacts, CommonFacts, EndpointFacts, JobFacts, NotebookFacts,
    PoolFacts, ResourceFacts, ThroughputFacts, VolumeFacts, specs_of,
};
pub use subject::{CostBasis, Subject, SubjectCost};
pub use table::{FactRow, FactSpec, FactTable, FactType, SubjectKind, SubjectRef, Value};
pub use traffic::Traffic;
