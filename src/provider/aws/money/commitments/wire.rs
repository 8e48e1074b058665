//! What AWS says of commitments, as far as it is read.

/// A Savings Plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plan {
    pub(super) arn: Option<String>,
    /// `Compute`, `EC2Instance`, `SageMaker`, ….
    pub(super) covers: Option<String>,
    /// `EC2`, `SageMaker`, `Fargate`, ….
    pub(super) product_types: Vec<String>,
    pub(super) region: Option<String>,
    /// Such as `p5`; of `EC2Instance` plans only.
    pub(super) instance_family: Option<String>,
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
    /// By the hour.
    pub(super) commitment: Option<String>,
    pub(super) currency: Option<String>,
}

/// How much of a plan was used over some days.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct PlanUse {
    pub(super) arn: Option<String>,
    pub(super) total: Option<String>,
    pub(super) used: Option<String>,
}

/// How much of a Reserved Instance was used over some days.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ReservationUse {
    /// Names under which it goes: the id of its subscription, and that of its lease, which is the one of EC2.
    pub(super) names: Vec<String>,
    pub(super) purchased_hours: Option<String>,
    pub(super) actual_hours: Option<String>,
    /// What those days cost, amortised.
    pub(super) amortized_fee: Option<String>,
}
