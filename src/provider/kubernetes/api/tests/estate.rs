//! A small cluster in the wire format, with fields that the adapter does not read and values that it does not know.

use serde_json::{Value, json};

use super::server::Lists;

/// A time-sliced node of EKS: one A10G that looks like four.
pub(super) fn sliced_node(name: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "uid": format!("uid-{name}"), "resourceVersion": "81",
            "creationTimestamp": "2026-11-01T06:00:00Z",
            "labels": {
                "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": "g5.2xlarge",
                "topology.kubernetes.io/region": "eu-west-1",
                "topology.kubernetes.io/zone": "eu-west-1a",
                "karpenter.sh/capacity-type": "spot",
                "karpenter.sh/nodepool": "gpu",
                "nvidia.com/gpu.product": "NVIDIA-A10G-SHARED",
                "nvidia.com/gpu.count": "1",
                "nvidia.com/gpu.replicas": "4",
                "nvidia.com/gpu.sharing-strategy": "time-slicing",
                "nvidia.com/mig.strategy": "single"
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
            "managedFields": [{"manager": "kubelet", "operation": "Update", "fieldsV1": {}}]
        },
        "spec": {
            "providerID": "aws:///eu-west-1a/i-0aaaaaaaaaaaaaaaa",
            "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]
        },
        "status": {
            "capacity": {"cpu": "8", "memory": "32408568Ki", "nvidia.com/gpu": "4", "pods": "58",
                "example.com/odd": "many"},
            "allocatable": {"cpu": "7910m", "memory": "31391736Ki", "nvidia.com/gpu": "4"},
            "nodeInfo": {"kubeletVersion": "v1.33.4", "swap": {"capacity": 0}},
            "conditions": [{"type": "Ready", "status": "Unheard"}]
        }
    })
}

/// A node without accelerators.
pub(super) fn plain_node(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/arch": "arm64"}},
        "spec": {}, "status": {"capacity": {"cpu": "4", "memory": "16Gi"}}
    })
}

fn owner(api_version: &str, kind: &str, name: &str) -> Value {
    json!([{"apiVersion": api_version, "kind": kind, "name": name, "uid": "u",
        "controller": true, "blockOwnerDeletion": true}])
}

/// A running pod that holds accelerators.
pub(super) fn pod(
    namespace: &str,
    name: &str,
    node: &str,
    of: Option<(&str, &str, &str)>,
) -> Value {
    let mut pod = json!({
        "metadata": {
            "name": name, "namespace": namespace, "uid": format!("uid-{name}"),
            "creationTimestamp": "2026-11-10T07:59:00Z",
            "labels": {"app": name}
        },
        "spec": {
            "nodeName": node,
            "restartPolicy": "Always",
            "containers": [{
                "name": "main", "image": "registry.example.com:5000/vllm/vllm-openai:v0.11@sha256:00",
                "resources": {"limits": {"nvidia.com/gpu": "1", "memory": "16Gi"},
                    "requests": {"cpu": "500m", "nvidia.com/gpu": "1"}}
            }]
        },
        "status": {
            "phase": "Running", "qosClass": "Burstable", "startTime": "2026-11-10T08:00:05Z",
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-10T08:00:00Z"},
                {"type": "PodReadyToStartContainers", "status": "True"}
            ],
            "containerStatuses": [{"name": "main", "restartCount": 2, "state": {"running": {}}}]
        }
    });
    if let Some((api_version, kind, name)) = of {
        pod["metadata"]["ownerReferences"] = owner(api_version, kind, name);
    }
    pod
}

/// An owner of pods, or of owners.
pub(super) fn object(name: &str, of: Option<(&str, &str, &str)>, spec: Value) -> Value {
    let mut object = json!({
        "metadata": {"name": name, "namespace": "search", "labels": {"team": name},
            "annotations": {"note": name}},
        "status": {"observedGeneration": 3}
    });
    object["spec"] = spec;
    if let Some((api_version, kind, name)) = of {
        object["metadata"]["ownerReferences"] = owner(api_version, kind, name);
    }
    object
}

/// Two nodes; a deployment that KEDA scales, a notebook, a training job of a cron job, a bare pod, and pods that do not matter.
pub(super) fn lists() -> Lists {
    let replica_set = Some(("apps/v1", "ReplicaSet", "chat-7d9"));
    let mut elsewhere = pod("search", "web-1", "plain-1", None);
    elsewhere["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "1"}});
    let pods = vec![
        pod("search", "chat-7d9-a", "gpu-1", replica_set),
        pod("search", "chat-7d9-b", "gpu-1", replica_set),
        pod("search", "lab-0", "gpu-1", Some(("apps/v1", "StatefulSet", "lab"))),
        pod("search", "tune-1-x", "gpu-1", Some(("batch/v1", "Job", "tune-1"))),
        pod("search", "alone", "gpu-1", None),
        pod("search", "agent-1", "gpu-1", Some(("example.com/v9", "Agent", "agent"))),
        elsewhere,
    ];
    let keda = json!({
        "scaleTargetRef": {"name": "chat"}, "minReplicaCount": 1, "idleReplicaCount": 0,
        "maxReplicaCount": 8, "cooldownPeriod": 300,
        "triggers": [{"type": "cron", "metadata": {"timezone": "Europe/Berlin"}},
            {"type": "prometheus", "metadata": {}}]
    });
    let hpa = json!({
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chat"},
        "minReplicas": 1, "maxReplicas": 8, "metrics": [{"type": "Unheard"}]
    });
    let mut keda_hpa = object("keda-hpa-chat", None, hpa);
    keda_hpa["metadata"]["ownerReferences"] = owner("keda.sh/v1alpha1", "ScaledObject", "chat");
    Lists(
        [
            ("/api/v1/nodes", vec![sliced_node("gpu-1"), plain_node("plain-1")]),
            ("/api/v1/pods", pods),
            (
                "/apis/apps/v1/replicasets",
                vec![
                    object("chat-7d9", Some(("apps/v1", "Deployment", "chat")), json!({"replicas": 2})),
                    object("chat-old", Some(("apps/v1", "Deployment", "chat")), json!({"replicas": 0})),
                ],
            ),
            ("/apis/apps/v1/deployments", vec![object("chat", None, json!({"replicas": 2}))]),
            (
                "/apis/apps/v1/statefulsets",
                vec![object("lab", Some(("kubeflow.org/v1", "Notebook", "lab")), json!({"replicas": 1}))],
            ),
            (
                "/apis/kubeflow.org/v1/notebooks",
                vec![object("lab", None, json!({"template": {"spec": {}}, "replicas": "odd"}))],
            ),
            (
                "/apis/batch/v1/jobs",
                vec![object("tune-1", Some(("batch/v1", "CronJob", "tune")), json!({"parallelism": 1}))],
            ),
            ("/apis/batch/v1/cronjobs", vec![object("tune", None, json!({"schedule": "0 1 * * *"}))]),
            ("/apis/autoscaling/v2/horizontalpodautoscalers", vec![keda_hpa]),
            ("/apis/keda.sh/v1alpha1/scaledobjects", vec![object("chat", None, keda)]),
            (
                "/apis/karpenter.sh/v1/nodepools",
                vec![json!({"metadata": {"name": "gpu"}, "spec": {"disruption": {
                    "consolidationPolicy": "WhenEmpty", "consolidateAfter": "30s", "budgets": []}}})],
            ),
        ]
        .into(),
    )
}
