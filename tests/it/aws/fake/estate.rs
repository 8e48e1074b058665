//! Everything that there is: accounts, and documents as the services spell them.

use std::{collections::HashMap, path::PathBuf};

use serde_json::Value;

use super::{CostLine, PlanUse, metrics::Metrics};

/// What documents may be, by the word under which they are kept. Most are what `Describe…` answers.
const KINDS: &[&str] = &[
    // SageMaker.
    "App",
    "Cluster",
    "ClusterNode",
    "Domain",
    "Endpoint",
    "EndpointConfig",
    "HyperParameterTuningJob",
    "InferenceComponent",
    "NotebookInstance",
    "NotebookInstanceLifecycleConfig",
    "ProcessingJob",
    "Space",
    "Tags",
    "TrainingJob",
    "TrainingPlan",
    "TransformJob",
    "UserProfile",
    // EC2, in the spelling of its XML.
    "CapacityBlock",
    "CapacityReservation",
    "ReservedInstances",
    "SpotPrice",
    // The same where no `moto` is behind, and Auto Scaling.
    "AutoScalingGroup",
    "Instance",
    "Volume",
    // The others.
    "ComputeEnvironment",
    "CustomModelDeployment",
    "EksCluster",
    "EksNodegroup",
    "ImportedModel",
    "InferenceProfile",
    "JobQueue",
    "ModelInvocationJob",
    "ProvisionedModelThroughput",
    "SavingsPlan",
    "ScalableTarget",
    "ScalingPolicy",
    "ScheduledAction",
    "SavingsPlanRate",
    "SavingsPlansOfferingRate",
];

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Twelve digits.
    pub(crate) id: String,
    /// As it is called in its organisation.
    pub(crate) name: String,
    /// Whether it sees the bills of all.
    pub(crate) is_payer: bool,
    /// What other accounts may assume in it.
    pub(crate) role: Option<Role>,
}

/// A role that the other accounts of the estate may assume.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    /// Its name.
    pub(crate) name: String,
    /// What has to be said besides.
    pub(crate) external_id: Option<String>,
}

/// Everything.
#[derive(Default)]
pub(crate) struct Estate {
    /// What time the services think it is, in seconds. It decides what `CloudWatch` still keeps.
    pub(crate) now: i64,
    /// All accounts of the organisation.
    pub(crate) accounts: Vec<Account>,
    /// Regions that are switched on.
    pub(crate) regions: Vec<String>,
    /// What `CloudWatch` has.
    pub(crate) metrics: Metrics,
    /// What Cost Explorer adds up.
    pub(crate) costs: Vec<CostLine>,
    /// What Cost Explorer says of Savings Plans.
    pub(crate) plans: Vec<PlanUse>,
    /// The products of the price list.
    pub(crate) products: Vec<Value>,
    /// Whether machines and their groups are among the documents, where no `moto` holds them.
    pub(crate) has_machines: bool,
    /// A folder with a folder for each bucket.
    pub(crate) buckets: Option<PathBuf>,
    /// Where these are. `None`: in the first region.
    pub(crate) buckets_in: Option<&'static str>,
    documents: HashMap<(String, String, &'static str), Vec<Value>>,
}

impl Estate {
    /// The key with which an account signs.
    pub(crate) fn access_key(account: &str) -> String {
        format!("AKIA{account}")
    }

    /// The account that an access key belongs to.
    pub(crate) fn account_of(&self, access_key: &str) -> Option<&Account> {
        let digits = access_key.get(4..16)?;
        self.accounts.iter().find(|account| account.id == digits)
    }

    /// The region of all buckets.
    pub(crate) fn bucket_region(&self) -> &'static str {
        self.buckets_in.unwrap_or("us-east-1")
    }

    /// Adds a document. `region` is empty for what belongs to no region.
    pub(crate) fn put(&mut self, account: &str, region: &str, kind: &str, document: Value) {
        let known = KINDS.iter().find(|known| **known == kind);
        let kind = *known.unwrap_or_else(|| panic!("no kind of document: {kind}"));
        let key = (account.to_owned(), region.to_owned(), kind);
        self.documents.entry(key).or_default().push(document);
    }

    /// All documents of a kind, in the order in which they were put there.
    pub(crate) fn documents(&self, account: &str, region: &str, kind: &'static str) -> &[Value] {
        let key = (account.to_owned(), region.to_owned(), kind);
        self.documents.get(&key).map_or(&[], Vec::as_slice)
    }
}
