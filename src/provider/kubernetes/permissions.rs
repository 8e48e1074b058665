//! What is asked of a cluster. It never asks for secrets.

use std::collections::BTreeMap;

use crate::provider::permission::Permission;

const LIST: &[&str] = &["list"];

const fn listed(
    group: &'static str,
    resource: &'static str,
    feeds: &'static str,
    hides: &'static str,
) -> Permission {
    Permission { group, resource, verbs: LIST, feeds, hides, is_optional: true }
}

/// Kinds that own pods; they differ only in name.
const fn owner(group: &'static str, resource: &'static str) -> Permission {
    listed(
        group,
        resource,
        "names, labels and replicas of what owns pods",
        "what stands above its pods, its labels and so its team",
    )
}

/// Everything that may be asked for.
pub const PERMISSIONS: &[Permission] = &[
    Permission {
        group: "prometheus",
        resource: "series",
        verbs: &["query"],
        feeds: "use of accelerators by hour; nodes and pods of the past",
        hides: "whether any accelerator works, and all that has ended",
        is_optional: false,
    },
    Permission {
        group: "",
        resource: "/version",
        verbs: &["get"],
        feeds: "whether the API server answers",
        hides: "its version",
        is_optional: true,
    },
    listed(
        "",
        "nodes",
        "nodes, their machine types, prices and accelerators",
        "labels and ids that no metric carries: prices, spot, sharing of GPUs",
    ),
    listed(
        "",
        "pods",
        "what runs where, and what it asks for",
        "pods that no metric names, their images and labels",
    ),
    owner("", "replicationcontrollers"),
    owner("apps", "replicasets"),
    owner("apps", "deployments"),
    owner("apps", "statefulsets"),
    owner("apps", "daemonsets"),
    owner("batch", "jobs"),
    owner("batch", "cronjobs"),
    listed(
        "autoscaling",
        "horizontalpodautoscalers",
        "whether replicas follow the load",
        "whether any workload scales: flat replicas are not judged",
    ),
    listed(
        "keda.sh",
        "scaledobjects",
        "whether replicas follow the load or a schedule, down to none",
        "whether any workload scales: flat replicas are not judged",
    ),
    owner("keda.sh", "scaledjobs"),
    listed(
        "karpenter.sh",
        "nodepools",
        "whether nodes that are not needed are taken away",
        "whether an empty node would go by itself",
    ),
    listed(
        "resource.k8s.io",
        "resourceclaims",
        "whether a claim of a pod is for an accelerator",
        "which claims are for accelerators: all count as such",
    ),
    owner("argoproj.io", "rollouts"),
    owner("argoproj.io", "workflows"),
    owner("argoproj.io", "cronworkflows"),
    owner("jobset.x-k8s.io", "jobsets"),
    owner("leaderworkerset.x-k8s.io", "leaderworkersets"),
    owner("kubeflow.org", "notebooks"),
    owner("kubeflow.org", "pytorchjobs"),
    owner("kubeflow.org", "tfjobs"),
    owner("kubeflow.org", "jaxjobs"),
    owner("kubeflow.org", "mpijobs"),
    owner("trainer.kubeflow.org", "trainjobs"),
    owner("ray.io", "rayclusters"),
    owner("ray.io", "rayjobs"),
    owner("ray.io", "rayservices"),
    owner("serving.knative.dev", "revisions"),
    owner("serving.knative.dev", "configurations"),
    owner("serving.knative.dev", "services"),
    owner("serving.kserve.io", "inferenceservices"),
];

/// Name of the role, the account and their binding.
const NAME: &str = "ai-cost";
/// Where the account lives.
const NAMESPACE: &str = "ai-cost";
/// What is not asked of the API server.
const ELSEWHERE: &str = "prometheus";

/// The permission for a resource of the API server.
pub(super) fn of(group: &str, resource: &str) -> Option<&'static Permission> {
    PERMISSIONS
        .iter()
        .find(|permission| (permission.group, permission.resource) == (group, resource))
}

/// The rules of the role: one per API group and set of verbs, in the order of the list.
fn rules() -> String {
    let asked = PERMISSIONS.iter().filter(|permission| permission.group != ELSEWHERE);
    let mut groups: Vec<(&str, &[&str])> = Vec::new();
    let mut resources: BTreeMap<(&str, &[&str]), Vec<&str>> = BTreeMap::new();
    let mut text = String::new();
    for permission in asked {
        let verbs = permission.verbs.join(", ");
        if permission.resource.starts_with('/') {
            let path = permission.resource;
            text.extend(["  - nonResourceURLs: [", path, "]\n    verbs: [", &verbs, "]\n"]);
            continue;
        }
        let group = (permission.group, permission.verbs);
        if !groups.contains(&group) {
            groups.push(group);
        }
        resources.entry(group).or_default().push(permission.resource);
    }
    for group in groups {
        let (name, verbs) = group;
        text.extend(["  - apiGroups: [\"", name, "\"]\n    resources:\n"]);
        for resource in resources.get(&group).into_iter().flatten() {
            text.extend(["      - ", resource, "\n"]);
        }
        text.extend(["    verbs: [", &verbs.join(", "), "]\n"]);
    }
    text
}

/// The role with an account that has it, to apply with `kubectl apply --filename -`.
pub fn cluster_role() -> String {
    format!(
        "# What `ai-cost` may read of a cluster. It changes nothing and sees no secret.
# `ai-cost permissions kubernetes --format policy` prints this.
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {NAME}
  namespace: {NAMESPACE}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {NAME}
rules:
{rules}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {NAME}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {NAME}
subjects:
  - kind: ServiceAccount
    name: {NAME}
    namespace: {NAMESPACE}
",
        rules = rules()
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::provider::kubernetes::api::KINDS;

    #[test]
    fn every_permission_only_reads() {
        let writing: Vec<_> =
            PERMISSIONS.iter().filter(|permission| !permission.is_read_only()).collect();
        assert_eq!(writing, Vec::<&Permission>::new());
    }

    #[test]
    fn secrets_and_everything_that_holds_some_are_not_asked_for() {
        let hidden = ["secrets", "configmaps", "*", "serviceaccounts", "pods/exec", "pods/log"];
        assert!(!PERMISSIONS.iter().any(|permission| hidden.contains(&permission.resource)));
    }

    #[test]
    fn what_may_be_asked_for_is_what_can_be_listed() {
        let listed: BTreeSet<(&str, &str)> =
            KINDS.iter().map(|kind| (kind.group, kind.resource)).collect();
        let permitted: BTreeSet<(&str, &str)> = PERMISSIONS
            .iter()
            .filter(|permission| permission.verbs == LIST)
            .map(|permission| (permission.group, permission.resource))
            .collect();
        assert_eq!(listed, permitted);
        assert_eq!(PERMISSIONS.len(), permitted.len() + 2, "and Prometheus and /version");
    }

    #[test]
    fn every_permission_says_what_it_feeds_and_hides() {
        assert!(PERMISSIONS.iter().all(|permission| !permission.feeds.is_empty()));
        assert!(PERMISSIONS.iter().all(|permission| !permission.hides.is_empty()));
    }
}
