//! What rules may read: one table per kind of subject, one documented entry per fact.

mod activity;
mod allocation;
mod bill;
mod candidate;
mod commitment;
mod cost;
mod demand;
mod hourly;
mod load;
mod loads;
mod machine;
mod measure;
mod money;
mod node;
mod packing;
mod pair;
mod peaks;
mod pool;
mod resource;
mod restart;
mod running;
mod serving;
mod slice;
mod specs;
mod subject;
mod suppose;
mod table;
#[cfg(test)]
mod tests;
mod traffic;
mod unmatched;
mod unused;
mod work;
mod workload;

pub use cost::{CostIndex, ResourceCost};
pub use hourly::HourlyCost;
pub use measure::{Facts, Ground};
pub use pair::{Pair, seller};
pub use specs::{
    AcceleratorFacts, CommitmentFacts, CommonFacts, EndpointFacts, JobFacts, NotebookFacts,
    PoolFacts, ResourceFacts, SpareFacts, ThroughputFacts, VolumeFacts, WorkloadFacts, specs_of,
};
pub use subject::{CostBasis, Subject, SubjectCost};
pub use suppose::{HalfMeasured, Supposition};
pub use table::{FactRow, FactSpec, FactTable, FactType, SubjectKind, SubjectRef, Value};
pub use traffic::Traffic;
