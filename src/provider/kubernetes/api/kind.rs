//! The kinds of objects that are listed, and where.

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Kind {
    /// API group; empty for the core.
    pub(in super::super) group: &'static str,
    /// Versions that can be read, the preferred one first.
    pub(in super::super) versions: &'static [&'static str],
    /// As in paths and permissions: `deployments`.
    pub(in super::super) resource: &'static str,
    /// As in owner references: `Deployment`.
    pub(in super::super) name: &'static str,
    /// What listing it is called: `list deployments`.
    pub(in super::super) operation: &'static str,
}

macro_rules! kinds {
    ($($id:ident = $group:literal $versions:tt $resource:literal $name:literal;)+) => {
        $(pub(in super::super) const $id: Kind = Kind {
            group: $group,
            versions: &$versions,
            resource: $resource,
            name: $name,
            operation: concat!("list ", $resource),
        };)+

        /// Every kind that is ever asked for.
        pub(in super::super) const ALL: &[Kind] = &[$($id),+];
    };
}

kinds! {
    NODES = "" ["v1"] "nodes" "Node";
    PODS = "" ["v1"] "pods" "Pod";
    REPLICATION_CONTROLLERS = "" ["v1"] "replicationcontrollers" "ReplicationController";
    REPLICA_SETS = "apps" ["v1"] "replicasets" "ReplicaSet";
    DEPLOYMENTS = "apps" ["v1"] "deployments" "Deployment";
    STATEFUL_SETS = "apps" ["v1"] "statefulsets" "StatefulSet";
    DAEMON_SETS = "apps" ["v1"] "daemonsets" "DaemonSet";
    JOBS = "batch" ["v1"] "jobs" "Job";
    CRON_JOBS = "batch" ["v1"] "cronjobs" "CronJob";
    AUTOSCALERS = "autoscaling" ["v2"] "horizontalpodautoscalers" "HorizontalPodAutoscaler";
    SCALED_OBJECTS = "keda.sh" ["v1alpha1"] "scaledobjects" "ScaledObject";
    SCALED_JOBS = "keda.sh" ["v1alpha1"] "scaledjobs" "ScaledJob";
    NODE_POOLS = "karpenter.sh" ["v1"] "nodepools" "NodePool";
    RESOURCE_CLAIMS = "resource.k8s.io" ["v1", "v1beta2", "v1beta1"] "resourceclaims" "ResourceClaim";
    ROLLOUTS = "argoproj.io" ["v1alpha1"] "rollouts" "Rollout";
    WORKFLOWS = "argoproj.io" ["v1alpha1"] "workflows" "Workflow";
    CRON_WORKFLOWS = "argoproj.io" ["v1alpha1"] "cronworkflows" "CronWorkflow";
    JOB_SETS = "jobset.x-k8s.io" ["v1alpha2"] "jobsets" "JobSet";
    LEADER_WORKER_SETS = "leaderworkerset.x-k8s.io" ["v1"] "leaderworkersets" "LeaderWorkerSet";
    NOTEBOOKS = "kubeflow.org" ["v1", "v1beta1"] "notebooks" "Notebook";
    PYTORCH_JOBS = "kubeflow.org" ["v1"] "pytorchjobs" "PyTorchJob";
    TF_JOBS = "kubeflow.org" ["v1"] "tfjobs" "TFJob";
    JAX_JOBS = "kubeflow.org" ["v1"] "jaxjobs" "JAXJob";
    MPI_JOBS = "kubeflow.org" ["v2beta1", "v1"] "mpijobs" "MPIJob";
    TRAIN_JOBS = "trainer.kubeflow.org" ["v1alpha1"] "trainjobs" "TrainJob";
    RAY_CLUSTERS = "ray.io" ["v1"] "rayclusters" "RayCluster";
    RAY_JOBS = "ray.io" ["v1"] "rayjobs" "RayJob";
    RAY_SERVICES = "ray.io" ["v1"] "rayservices" "RayService";
    REVISIONS = "serving.knative.dev" ["v1"] "revisions" "Revision";
    CONFIGURATIONS = "serving.knative.dev" ["v1"] "configurations" "Configuration";
    KNATIVE_SERVICES = "serving.knative.dev" ["v1"] "services" "Service";
    INFERENCE_SERVICES = "serving.kserve.io" ["v1beta1"] "inferenceservices" "InferenceService";
}

/// Kinds that may own pods, or what owns pods.
pub(super) fn owners() -> impl Iterator<Item = Kind> {
    let others = [NODES, PODS, AUTOSCALERS, SCALED_OBJECTS, NODE_POOLS, RESOURCE_CLAIMS];
    ALL.iter().copied().filter(move |kind| !others.contains(kind))
}

/// How the replicas of an owner change if no scaler names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replicas {
    /// Not at all.
    Fixed,
    /// Its own controller scales it, down to nothing if nothing else is said.
    Scaled(&'static str),
    /// Its controller may scale it; that is not read.
    Unknown,
}

impl Kind {
    /// The path of all its objects in the cluster.
    pub(super) fn path(self, version: &str) -> String {
        let Self { group, resource, .. } = self;
        if group.is_empty() {
            format!("/api/{version}/{resource}")
        } else {
            format!("/apis/{group}/{version}/{resource}")
        }
    }

    /// Whether a cluster may do without it: what is not built in, or came with a later version.
    pub(in super::super) fn is_custom(self) -> bool {
        self.group.contains('.')
    }

    /// Whether an owner reference means it.
    pub(super) fn is(self, api_version: &str, kind: &str) -> bool {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        (self.group, self.name) == (group, kind)
    }

    /// How its replicas change if no scaler names it.
    pub(super) fn replicas(self) -> Replicas {
        match self {
            REVISIONS | CONFIGURATIONS | KNATIVE_SERVICES => Replicas::Scaled("Knative"),
            SCALED_JOBS => Replicas::Scaled("ScaledJob"),
            RAY_CLUSTERS | RAY_JOBS | RAY_SERVICES | INFERENCE_SERVICES | WORKFLOWS
            | CRON_WORKFLOWS => Replicas::Unknown,
            _ => Replicas::Fixed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_and_the_groups_have_their_own_paths() {
        assert_eq!(NODES.path("v1"), "/api/v1/nodes");
        assert_eq!(MPI_JOBS.path("v2beta1"), "/apis/kubeflow.org/v2beta1/mpijobs");
    }

    #[test]
    fn an_owner_reference_means_a_kind_of_its_group_whatever_the_version() {
        assert!(DEPLOYMENTS.is("apps/v1beta9", "Deployment"));
        assert!(REPLICATION_CONTROLLERS.is("v1", "ReplicationController"));
        assert!(!KNATIVE_SERVICES.is("v1", "Service"));
    }
}
