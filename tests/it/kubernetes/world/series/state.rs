//! What kube-state-metrics says of nodes, pods and their owners.

use super::{
    super::{HOUR, HOURS, Kind, Node, Pod, START, Sharing, World},
    TO, constant,
};
use crate::kubernetes::openmetrics::{History, Labels};

/// Half a minute before the full hour.
const PHASE: i64 = HOUR - 30;
/// A pod that is through stays in the list for an hour.
const LINGERS: i64 = HOUR;

pub(super) fn write(world: &World, history: &mut History) {
    let mut state = State { world, history };
    for (index, node) in world.nodes.iter().enumerate() {
        state.node(index, node);
    }
    for (index, pod) in world.pods.iter().enumerate() {
        state.pod(index, pod);
    }
    for owner in 0..world.owners.len() {
        state.owner(owner);
    }
}

struct State<'a> {
    world: &'a World,
    history: &'a mut History,
}

impl State<'_> {
    fn add(&mut self, name: &str, labels: &Labels<'_>, span: (i64, i64), value: f64) {
        let labels = [labels, &[("instance", "10.2.0.9:8080"), ("job", "kube-state-metrics")]];
        let samples = constant(span, PHASE, value);
        self.history.series(name, &labels.concat(), samples);
    }

    fn node(&mut self, index: usize, node: &Node) {
        let (shape, span) = (node.shape, (node.hours.0 * HOUR, node.hours.1 * HOUR));
        let name = ("node", node.name.as_str());
        let provider_id = match shape.provider {
            "aws" => format!("aws:///us-east-1a/i-0{index:016x}"),
            "gcp" => format!("gce://example-project/us-central1-a/{}", node.name),
            _ => String::new(),
        };
        self.add("kube_node_info", &[name, ("provider_id", &provider_id)], span, 1.0);
        self.add("kube_node_created", &[name], span, (START + span.0) as f64);
        let labels = node_labels(node);
        let labels: Vec<_> =
            labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        self.add("kube_node_labels", &[&[name], labels.as_slice()].concat(), span, 1.0);
        let (resource, count) = match node.sharing {
            Sharing::Whole => ("nvidia_com_gpu", shape.gpus),
            Sharing::TimeSliced(replicas) => ("nvidia_com_gpu", shape.gpus * replicas),
            Sharing::Mig => ("nvidia_com_mig_1g_5gb", shape.gpus * 7),
        };
        for metric in ["kube_node_status_capacity", "kube_node_status_allocatable"] {
            for (resource, unit, value) in [
                (resource, "integer", count as f64),
                ("cpu", "core", shape.vcpus),
                ("memory", "byte", shape.mem_gib * 1_073_741_824.0),
            ] {
                self.add(metric, &[name, ("resource", resource), ("unit", unit)], span, value);
            }
        }
    }

    fn pod(&mut self, index: usize, pod: &Pod) {
        let owner = &self.world.owners[pod.owner];
        let node = &self.world.nodes[pod.node];
        let uid = format!("00000000-0000-4000-8000-{index:012x}");
        let pod_of =
            [("namespace", owner.namespace.as_str()), ("pod", &pod.name), ("uid", uid.as_str())];
        let is_over = pod.seconds.1 < HOURS * HOUR;
        let lingers =
            if is_over && matches!(owner.kind, Kind::Job | Kind::CronJob) { LINGERS } else { 0 };
        let span = (pod.seconds.0, pod.seconds.1 + lingers);
        let with = |more: &[(&'static str, &str)]| -> Vec<(&str, String)> {
            let own = pod_of.iter().map(|(key, value)| (*key, (*value).to_owned()));
            own.chain(more.iter().map(|(key, value)| (*key, (*value).to_owned()))).collect()
        };
        let (made_by, maker) = self.maker(pod);
        let host = [("node", node.name.as_str()), ("host_ip", "10.0.0.9")];
        let by = [("created_by_kind", made_by), ("created_by_name", maker.as_str())];
        self.put("kube_pod_info", &with(&[host, by].concat()), span, 1.0);
        let is_owned = made_by != "<none>";
        let by = [
            ("owner_kind", made_by),
            ("owner_name", maker.as_str()),
            ("owner_is_controller", if is_owned { "true" } else { "<none>" }),
        ];
        self.put("kube_pod_owner", &with(&by), span, 1.0);
        let started = (START + pod.seconds.0) as f64;
        self.put("kube_pod_start_time", &with(&[]), span, started);
        let running = (pod.seconds.0, pod.seconds.1);
        self.put("kube_pod_status_phase", &with(&[("phase", "Running")]), running, 1.0);
        if lingers > 0 {
            let after = (pod.seconds.1, span.1);
            self.put("kube_pod_status_phase", &with(&[("phase", "Running")]), after, 0.0);
            self.put("kube_pod_status_phase", &with(&[("phase", "Succeeded")]), after, 1.0);
            let ended = (START + pod.seconds.1) as f64;
            self.put("kube_pod_completion_time", &with(&[]), after, ended);
        }
        if owner.kind == Kind::DaemonSet {
            return;
        }
        let main = ("container", "main");
        let image = format!("{}:1.0", owner.image);
        let images = [main, ("image", &image), ("image_spec", &image)];
        self.put("kube_pod_container_info", &with(&images), span, 1.0);
        let labels: Vec<(String, &str)> =
            owner.labels.iter().map(|(key, value)| (label(key), *value)).collect();
        let mut all = with(&[]);
        let labels: Vec<(&str, String)> =
            labels.iter().map(|(key, value)| (key.as_str(), (*value).to_owned())).collect();
        all.extend(labels);
        let team = owner.namespace.trim_start_matches("team-").to_owned();
        all.push(("label_team", team));
        self.put("kube_pod_labels", &all, span, 1.0);
        let mut requests = vec![("cpu", "core", 2.0), ("memory", "byte", 8.0 * 1_073_741_824.0)];
        if !pod.seats.is_empty() {
            let resource = match node.sharing {
                Sharing::Mig => "nvidia_com_mig_1g_5gb",
                _ => "nvidia_com_gpu",
            };
            requests.push((resource, "integer", pod.seats.len() as f64));
        }
        for (resource, unit, value) in requests {
            let asked =
                [main, ("node", node.name.as_str()), ("resource", resource), ("unit", unit)];
            self.put("kube_pod_container_resource_requests", &with(&asked), span, value);
        }
        self.restarts(&with(&[main]), span, &pod.restarts);
    }

    fn put(&mut self, name: &str, labels: &[(&str, String)], span: (i64, i64), value: f64) {
        let labels: Vec<(&str, &str)> =
            labels.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.add(name, &labels, span, value);
    }

    fn restarts(&mut self, labels: &[(&str, String)], span: (i64, i64), restarts: &[i64]) {
        let name = "kube_pod_container_status_restarts_total";
        let mut from = span.0;
        for (count, restart) in restarts.iter().chain(&[TO / HOUR]).enumerate() {
            self.put(name, labels, (from, (restart * HOUR).min(span.1)), count as f64);
            from = from.max(restart * HOUR);
        }
    }

    /// What made a pod: its kind and name as the cluster spells them.
    fn maker(&self, pod: &Pod) -> (&'static str, String) {
        let owner = &self.world.owners[pod.owner];
        match owner.kind {
            Kind::Deployment => ("ReplicaSet", format!("{}-5d8f7c6b9d", owner.name)),
            Kind::StatefulSet | Kind::Notebook => ("StatefulSet", owner.name.clone()),
            Kind::DaemonSet => ("DaemonSet", owner.name.clone()),
            Kind::Job => ("Job", owner.name.clone()),
            Kind::CronJob => {
                let number = pod.job.unwrap_or_default();
                ("Job", format!("{}-{}", owner.name, 29_800_000 + number * 60))
            }
            Kind::Bare | Kind::Development => ("<none>", "<none>".to_owned()),
        }
    }

    fn owner(&mut self, index: usize) {
        let world = self.world;
        let owner = &world.owners[index];
        let namespace = ("namespace", owner.namespace.as_str());
        let always = (-48 * HOUR, TO);
        let pods = world.pods.iter().filter(|pod| pod.owner == index);
        let first = pods.clone().map(|pod| pod.seconds.0).min().unwrap_or_default();
        let last = pods.clone().map(|pod| pod.seconds.1).max().unwrap_or_default();
        let alive = (first, last + LINGERS);
        let running = pods.clone().filter(|pod| pod.seconds.1 > HOURS * HOUR).count() as f64;
        match owner.kind {
            Kind::Deployment => {
                let set = format!("{}-5d8f7c6b9d", owner.name);
                let labels = [
                    namespace,
                    ("replicaset", &set),
                    ("owner_kind", "Deployment"),
                    ("owner_name", &owner.name),
                    ("owner_is_controller", "true"),
                ];
                self.add("kube_replicaset_owner", &labels, alive, 1.0);
                let labels = [namespace, ("deployment", owner.name.as_str())];
                self.add("kube_deployment_spec_replicas", &labels, alive, running);
            }
            Kind::StatefulSet | Kind::Notebook => {
                let labels = [namespace, ("statefulset", owner.name.as_str())];
                self.add("kube_statefulset_replicas", &labels, alive, running);
            }
            Kind::CronJob => {
                for pod in pods {
                    let (_, job) = self.maker(pod);
                    let labels = [
                        namespace,
                        ("job_name", &job),
                        ("owner_kind", "CronJob"),
                        ("owner_name", &owner.name),
                        ("owner_is_controller", "true"),
                    ];
                    let span = (pod.seconds.0, pod.seconds.1 + LINGERS);
                    self.add("kube_job_owner", &labels, span, 1.0);
                }
            }
            Kind::DaemonSet | Kind::Job | Kind::Bare | Kind::Development => {}
        }
        if owner.has_scaler {
            let scaler = ("horizontalpodautoscaler", owner.name.as_str());
            let target = [
                namespace,
                scaler,
                ("scaletargetref_api_version", "apps/v1"),
                ("scaletargetref_kind", "Deployment"),
                ("scaletargetref_name", owner.name.as_str()),
            ];
            self.add("kube_horizontalpodautoscaler_info", &target, always, 1.0);
            let labels = [namespace, scaler];
            self.add("kube_horizontalpodautoscaler_spec_min_replicas", &labels, always, 1.0);
            self.add("kube_horizontalpodautoscaler_spec_max_replicas", &labels, always, 8.0);
        }
    }
}

/// Labels of a node as kube-state-metrics spells them.
fn node_labels(node: &Node) -> Vec<(String, String)> {
    let shape = node.shape;
    let mut labels = vec![
        ("nvidia.com/gpu.product", shape.product.to_owned()),
        ("nvidia.com/gpu.count", shape.gpus.to_string()),
        ("nvidia.com/gpu.memory", format!("{:.0}", shape.gpu_mib)),
    ];
    if !shape.provider.is_empty() {
        labels.extend([
            ("node.kubernetes.io/instance-type", shape.instance_type.to_owned()),
            ("topology.kubernetes.io/region", shape.region.to_owned()),
            ("topology.kubernetes.io/zone", format!("{}a", shape.region)),
        ]);
    }
    match (shape.provider, node.is_spot) {
        ("aws", true) => labels.push(("karpenter.sh/capacity-type", "spot".to_owned())),
        ("aws", false) => labels.push(("karpenter.sh/capacity-type", "on-demand".to_owned())),
        ("gcp", true) => labels.push(("cloud.google.com/gke-spot", "true".to_owned())),
        ("gcp", false) => labels.push(("cloud.google.com/gke-provisioning", "standard".to_owned())),
        _ => {}
    }
    match node.sharing {
        Sharing::Whole => {}
        Sharing::TimeSliced(replicas) => labels.extend([
            ("nvidia.com/gpu.replicas", replicas.to_string()),
            ("nvidia.com/gpu.sharing-strategy", "time-slicing".to_owned()),
        ]),
        Sharing::Mig => labels.push(("nvidia.com/mig.strategy", "mixed".to_owned())),
    }
    labels.into_iter().map(|(key, value)| (label(key), value)).collect()
}

/// A label's key as part of a metric's label.
fn label(key: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("label_{}", key.chars().map(safe).collect::<String>())
}
