//! What to apply so that a cluster shows more. The first line says what to do; the rest is to be copied.

/// Labels of machines that an audit reads.
const NODE_LABELS: &str = "nodes=[node.kubernetes.io/instance-type,\
topology.kubernetes.io/region,topology.kubernetes.io/zone,\
karpenter.sh/capacity-type,karpenter.sh/nodepool,\
eks.amazonaws.com/capacityType,cloud.google.com/gke-spot,\
cloud.google.com/gke-accelerator,kubernetes.azure.com/scalesetpriority,\
nvidia.com/gpu.product,nvidia.com/gpu.count,nvidia.com/gpu.memory,\
nvidia.com/gpu.replicas,nvidia.com/gpu.sharing-strategy,\
nvidia.com/mig.strategy]";

/// GPU feature discovery, with the device plugin.
pub(super) fn feature_discovery() -> String {
    "let the device plugin label the nodes, or install NVIDIA's GPU operator:
helm upgrade nvidia-device-plugin nvdp/nvidia-device-plugin \\
  --namespace nvidia-device-plugin --reuse-values \\
  --set gfd.enabled=true"
        .to_owned()
}

/// The DCGM exporter itself.
pub(super) fn exporter() -> String {
    "install NVIDIA's exporter; its ServiceMonitor needs the Prometheus operator:
helm repo add gpu-helm-charts \\
  https://nvidia.github.io/dcgm-exporter/helm-charts
helm install dcgm-exporter gpu-helm-charts/dcgm-exporter \\
  --namespace gpu-monitoring --create-namespace"
        .to_owned()
}

/// Counters that the exporter leaves out unless it is told.
pub(super) fn counters() -> String {
    "give the exporter these counters besides its own (DCGM_EXPORTER_COLLECTORS):
apiVersion: v1
kind: ConfigMap
metadata:
  name: dcgm-counters
  namespace: gpu-monitoring
data:
  counters.csv: |
    DCGM_FI_DEV_GPU_UTIL, gauge, GPU utilization (in %).
    DCGM_FI_DEV_FB_USED, gauge, Framebuffer memory used (in MiB).
    DCGM_FI_DEV_FB_FREE, gauge, Framebuffer memory free (in MiB).
    DCGM_FI_DEV_POWER_USAGE, gauge, Power draw (in W).
    DCGM_FI_PROF_GR_ENGINE_ACTIVE, gauge, Engine active (ratio).
    DCGM_FI_PROF_SM_ACTIVE, gauge, Multiprocessors active (ratio).
    DCGM_FI_PROF_PIPE_TENSOR_ACTIVE, gauge, Tensor pipe active (ratio).
    DCGM_FI_PROF_DRAM_ACTIVE, gauge, Memory interface active (ratio)."
        .to_owned()
}

/// Pods on the exporter's series.
pub(super) fn pod_labels() -> String {
    "let the exporter ask the kubelet which pod holds a GPU, and keep its labels:
# DaemonSet dcgm-exporter, container
env:
  - name: DCGM_EXPORTER_KUBERNETES
    value: \"true\"
volumeMounts:
  - name: pod-resources
    mountPath: /var/lib/kubelet/pod-resources
    readOnly: true
# ServiceMonitor dcgm-exporter
endpoints:
  - port: metrics
    honorLabels: true"
        .to_owned()
}

/// kube-state-metrics itself.
pub(super) fn state_metrics() -> String {
    "install kube-state-metrics, or let the server scrape it:
helm repo add prometheus-community \\
  https://prometheus-community.github.io/helm-charts
helm install kube-state-metrics \\
  prometheus-community/kube-state-metrics --namespace monitoring"
        .to_owned()
}

/// Labels that kube-state-metrics shows only if it is told.
pub(super) fn label_allowlist() -> String {
    // In double quotes a backslash at the end of a line joins it with the next, without a space.
    let nodes = NODE_LABELS.split_inclusive(['[', ',']).collect::<Vec<_>>().join("\\\n    ");
    format!(
        "let kube-state-metrics show labels; name the pod labels of your teams:
# values of the chart
extraArgs:
  - \"--metric-labels-allowlist={nodes},\\
    pods=[app.kubernetes.io/name,app.kubernetes.io/part-of,team]\""
    )
}

/// Metrics of serving engines.
pub(super) fn engines() -> String {
    "let the server scrape the engines' own metrics, if any serve here:
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: serving-engines
spec:
  namespaceSelector: {any: true}
  selector: {matchLabels: {app.kubernetes.io/component: serving}}
  podMetricsEndpoints:
    - {port: http, path: /metrics}"
        .to_owned()
}
