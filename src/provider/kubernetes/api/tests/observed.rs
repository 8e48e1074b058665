//! A whole cluster, as it is read from a server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    estate, observed,
    server::{Lists, Reply, Server},
    whats,
};
use crate::provider::kubernetes::{
    PERMISSIONS,
    model::{Cluster, OwnerKey, Scaling},
};

fn serve(lists: Lists) -> Server {
    Server::new(move |asked| lists.reply(asked))
}

fn key(kind: &str, name: &str) -> OwnerKey {
    let (kind, name) = (kind.to_owned(), name.to_owned());
    OwnerKey { namespace: "search".to_owned(), kind, name }
}

/// `pod → kind/name` of its owner.
fn owners(cluster: &Cluster) -> BTreeMap<&str, String> {
    let name = |owner: &OwnerKey| format!("{}/{}", owner.kind, owner.name);
    let of = |owner: Option<&OwnerKey>| owner.map_or_else(String::new, name);
    cluster.pods.iter().map(|(key, pod)| (key.name.as_str(), of(pod.owner.as_ref()))).collect()
}

#[test]
fn only_what_belongs_to_accelerators_is_kept() {
    let cluster = observed(&serve(estate::lists()));
    assert_eq!(cluster.nodes.keys().collect::<Vec<_>>(), ["gpu-1"]);
    assert!(!owners(&cluster).contains_key("web-1"));
    assert_eq!(cluster.gaps, []);
}

#[test]
fn pods_belong_to_what_stands_at_the_top() {
    let cluster = observed(&serve(estate::lists()));
    let expected = [
        ("agent-1", "agent/agent"),
        ("alone", ""),
        ("chat-7d9-a", "deployment/chat"),
        ("chat-7d9-b", "deployment/chat"),
        ("lab-0", "notebook/lab"),
        ("tune-1-x", "cronjob/tune"),
    ];
    assert_eq!(owners(&cluster), expected.map(|(pod, owner)| (pod, owner.to_owned())).into());
    let chat = &cluster.owners[&key("deployment", "chat")];
    assert_eq!((chat.labels["team"].as_str(), chat.annotations["note"].as_str()), ("chat", "chat"));
    assert_eq!(chat.replica_count, Some(2.0));
    // A notebook states no replicas that can be read; its stateful set does.
    assert_eq!(cluster.owners[&key("notebook", "lab")].replica_count, Some(1.0));
}

#[test]
fn scaling_is_known_where_a_scaler_names_it_or_none_does() {
    let cluster = observed(&serve(estate::lists()));
    let scaling = |kind, name| cluster.owners[&key(kind, name)].scaling.clone();
    let keda = Scaling::Scaler {
        kind: "ScaledObject",
        min_count: Some(0.0),
        max_count: Some(8.0),
        has_schedule: true,
    };
    assert_eq!(scaling("deployment", "chat"), Some(keda));
    assert_eq!(scaling("notebook", "lab"), Some(Scaling::None));
    // A kind that is not known may have a controller that scales it.
    assert_eq!(scaling("agent", "agent"), None);
}

#[test]
fn a_refused_list_of_scalers_leaves_scaling_open() {
    let lists = estate::lists();
    let server = Server::new(move |asked| match asked.path.as_str() {
        "/apis/keda.sh/v1alpha1/scaledobjects" => Reply::failure(403, "Forbidden", "no"),
        _ => lists.reply(asked),
    });
    let cluster = observed(&server);
    assert_eq!(whats(&cluster.gaps), ["scaledobjects of cluster prod"]);
    assert_eq!(cluster.owners[&key("notebook", "lab")].scaling, None);
    // KEDA's own autoscaler shows that something scales, not how far down.
    let Some(Scaling::Scaler { kind, min_count, .. }) =
        cluster.owners[&key("deployment", "chat")].scaling.clone()
    else {
        panic!("something scales it")
    };
    assert_eq!((kind, min_count), ("HorizontalPodAutoscaler", None));
}

#[test]
fn keda_and_karpenter_need_not_be_installed() {
    let mut lists = estate::lists();
    lists.0.remove("/apis/keda.sh/v1alpha1/scaledobjects");
    lists.0.remove("/apis/karpenter.sh/v1/nodepools");
    lists.0.insert("/apis/autoscaling/v2/horizontalpodautoscalers", Vec::new());
    let cluster = observed(&serve(lists));
    assert_eq!(cluster.gaps, []);
    assert_eq!(cluster.owners[&key("deployment", "chat")].scaling, Some(Scaling::None));
    assert_eq!(cluster.nodes["gpu-1"].consolidation, None);
}

#[test]
fn a_node_knows_what_its_pool_does_with_it() {
    let cluster = observed(&serve(estate::lists()));
    assert_eq!(cluster.nodes["gpu-1"].consolidation.as_deref(), Some("WhenEmpty after 30s"));
}

/// A pod that holds its accelerators by a claim, on a node that shows none.
fn claimed(mut lists: Lists, driver: &str) -> Lists {
    let mut pod = estate::pod("search", "dra-1", "plain-1", None);
    pod["spec"]["containers"][0]["resources"] = json!({"claims": [{"name": "gpu"}]});
    pod["spec"]["resourceClaims"] = json!([{"name": "gpu", "resourceClaimName": "big"}]);
    lists.0.get_mut("/api/v1/pods").unwrap().push(pod);
    let claim = json!({
        "metadata": {"name": "big", "namespace": "search"}, "spec": {"devices": {}},
        "status": {"allocation": {"devices": {"results": [
            {"request": "gpu", "driver": driver, "pool": "plain-1", "device": "gpu-0"}]}}}
    });
    lists.0.insert("/apis/resource.k8s.io/v1beta1/resourceclaims", vec![claim]);
    lists
}

#[test]
fn a_claim_on_an_accelerator_is_a_gap_and_not_an_empty_node() {
    let cluster = observed(&serve(claimed(estate::lists(), "gpu.nvidia.com")));
    assert_eq!(cluster.nodes.keys().collect::<Vec<_>>(), ["gpu-1", "plain-1"]);
    assert_eq!(whats(&cluster.gaps), ["accelerators of 1 pod of cluster prod"]);
    assert!(owners(&cluster).contains_key("dra-1"));
}

#[test]
fn a_claim_on_a_network_device_is_none_on_an_accelerator() {
    let cluster = observed(&serve(claimed(estate::lists(), "dra.net")));
    assert_eq!(cluster.nodes.keys().collect::<Vec<_>>(), ["gpu-1"]);
    assert_eq!(cluster.gaps, []);
    assert!(!owners(&cluster).contains_key("dra-1"));
}

#[test]
fn a_worker_that_another_pod_owns_belongs_to_the_group_of_both() {
    let mut lists = estate::lists();
    lists.0.get_mut("/api/v1/pods").unwrap().extend([
        estate::pod("search", "big-0", "gpu-1", Some(("apps/v1", "StatefulSet", "big"))),
        estate::pod("search", "big-0-1", "gpu-1", Some(("apps/v1", "StatefulSet", "big-0"))),
    ]);
    let group = Some(("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "big"));
    lists.0.get_mut("/apis/apps/v1/statefulsets").unwrap().extend([
        estate::object("big", group, json!({"replicas": 1})),
        estate::object("big-0", Some(("v1", "Pod", "big-0")), json!({"replicas": 1})),
    ]);
    let path = "/apis/leaderworkerset.x-k8s.io/v1/leaderworkersets";
    lists.0.insert(path, vec![estate::object("big", None, json!({"replicas": 1}))]);
    let cluster = observed(&serve(lists));
    let owners = owners(&cluster);
    assert_eq!(owners["big-0"], "leaderworkerset/big");
    assert_eq!(owners["big-0-1"], "leaderworkerset/big");
}

#[test]
fn an_owner_that_is_not_known_has_the_labels_of_what_it_owns() {
    let mut lists = estate::lists();
    let agent = Some(("example.com/v9", "Agent", "agent"));
    let job = estate::object("tune-1", agent, json!({"parallelism": 1}));
    lists.0.insert("/apis/batch/v1/jobs", vec![job]);
    let cluster = observed(&serve(lists));
    assert_eq!(owners(&cluster)["tune-1-x"], "agent/agent");
    assert_eq!(cluster.owners[&key("agent", "agent")].labels["team"], "tune-1");
}

#[test]
fn the_resource_of_an_operator_is_no_name_for_a_deployment() {
    let mut lists = estate::lists();
    let operator = Some(("example.com/v1", "Platform", "all"));
    let deployment = estate::object("chat", operator, json!({"replicas": 2}));
    lists.0.insert("/apis/apps/v1/deployments", vec![deployment]);
    assert_eq!(owners(&observed(&serve(lists)))["chat-7d9-a"], "deployment/chat");
}

#[test]
fn nothing_is_asked_for_that_is_not_on_the_list_of_permissions() {
    let server = serve(claimed(estate::lists(), "gpu.nvidia.com"));
    observed(&server);
    let asked = server.asked();
    let methods: BTreeSet<&str> = asked.iter().map(|asked| asked.method.as_str()).collect();
    assert_eq!(methods, ["GET"].into());
    assert!(asked.iter().all(|asked| asked.authorization == "Bearer word"));
    for path in asked.iter().map(|asked| asked.path.as_str()) {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let named = match parts.as_slice() {
            ["api", _, resource] => ("", *resource),
            ["apis", group, _, resource] => (*group, *resource),
            _ => ("", path),
        };
        let is_listed =
            PERMISSIONS.iter().any(|permission| (permission.group, permission.resource) == named);
        assert!(is_listed, "{path}");
    }
    assert!(asked.len() >= 12, "{} requests", asked.len());
}

#[test]
fn kinds_that_own_nothing_here_are_not_listed() {
    let server = serve(estate::lists());
    observed(&server);
    let paths: BTreeSet<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert!(!paths.iter().any(|path| path.contains("ray.io") || path.contains("daemonsets")));
}

#[test]
fn long_lists_come_in_pages_and_only_pods_with_a_node_are_asked_for() {
    let mut lists = estate::lists();
    let pods = lists.0.get_mut("/api/v1/pods").unwrap();
    let more: Vec<Value> =
        (0..1200).map(|at| estate::pod("search", &format!("many-{at}"), "gpu-1", None)).collect();
    pods.extend(more);
    let server = serve(lists);
    let cluster = observed(&server);
    assert_eq!(cluster.pods.len(), 1206);
    let asked = server.asked();
    let pages: Vec<_> = asked.iter().filter(|asked| asked.path == "/api/v1/pods").collect();
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|page| page.query["fieldSelector"] == "spec.nodeName!="));
    assert!(pages.iter().all(|page| page.query["limit"] == "500"));
}
