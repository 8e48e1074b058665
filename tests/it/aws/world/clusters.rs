//! Clusters whose machines run elsewhere or stand in other lists: EKS, Batch and `HyperPod`.

use serde_json::json;

use super::{HOUR, PRODUCT_US, Place, RESEARCH_EU, RESEARCH_US, START, World, bill, shapes};
use crate::aws::fake::{Bucket, CostLine, Estate, Series};

/// By which a machine says that it is a node of EKS.
pub(super) const NODE_TAGS: &[(&str, &str)] =
    &[("eks:cluster-name", "prod"), ("eks:nodegroup-name", "gpu"), ("team", "search")];
/// Batch names its groups after its environments.
pub(super) const BATCH_GROUP: &str = "encode-asg-64001200";

const POD_CLUSTER: &str = "pretrain";
const POD_TYPE: &str = "ml.g5.12xlarge";
const GROUPS: [&str; 3] = ["workers", "trials", "spares"];
const POD_PLACE: Place = RESEARCH_US;
/// Long before the window.
const CREATED_AT: i64 = START - 90 * 24 * HOUR;

/// A machine of `HyperPod`.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) group: &'static str,
    pub(crate) level: f64,
}

pub(super) fn plant(world: &mut World) {
    // Spares wait for a node that fails.
    let planted =
        [(GROUPS[0], 0.7), (GROUPS[0], 0.7), (GROUPS[1], 0.0), (GROUPS[2], 0.0)].into_iter();
    for (number, (group, level)) in planted.enumerate() {
        let node = Node { id: format!("i-{:017x}", 0xb0d_0000 + number), group, level };
        if level == 0.0 && group != "spares" {
            let usd = shapes::sagemaker_usd(POD_TYPE) * 730.0;
            world.truth.add(&node.id, &["gpu-idle"], usd);
        }
        world.nodes.push(node);
    }
}

pub(super) fn put(world: &World, estate: &mut Estate) {
    put_eks(estate);
    put_batch(estate);
    put_pods(world, estate);
}

fn put_eks(estate: &mut Estate) {
    let (account, region) = (PRODUCT_US.account(), PRODUCT_US.region());
    estate.put(account, region, "EksCluster", json!({ "name": "prod", "status": "ACTIVE" }));
    let group = json!({
        "clusterName": "prod",
        "nodegroupName": "gpu",
        "status": "ACTIVE",
        "capacityType": "ON_DEMAND",
        "instanceTypes": ["g5.2xlarge"],
        "scalingConfig": { "minSize": 2, "maxSize": 2, "desiredSize": 2 },
    });
    estate.put(account, region, "EksNodegroup", group);
}

fn put_batch(estate: &mut Estate) {
    let (account, region) = (RESEARCH_EU.account(), RESEARCH_EU.region());
    let arn = |name: &str| format!("arn:aws:batch:{region}:{account}:compute-environment/{name}");
    for (name, types) in [("encode", ["g5"]), ("report", ["c7i"])] {
        let environment = json!({
            "computeEnvironmentName": name,
            "computeEnvironmentArn": arn(name),
            "type": "MANAGED",
            "state": "ENABLED",
            "status": "VALID",
            "computeResources": {
                "type": "EC2",
                "minvCpus": 0,
                "maxvCpus": 64,
                "desiredvCpus": 12,
                "instanceTypes": types,
                "subnets": [],
            },
        });
        estate.put(account, region, "ComputeEnvironment", environment);
    }
}

fn put_pods(world: &World, estate: &mut Estate) {
    let (account, region) = (POD_PLACE.account(), POD_PLACE.region());
    let arn = format!("arn:aws:sagemaker:{region}:{account}:cluster/0a1b2c3d4e5f");
    let group = |name: &str| {
        let count = world.nodes.iter().filter(|node| node.group == name).count();
        json!({
            "InstanceGroupName": name, "InstanceType": POD_TYPE, "CurrentCount": count,
            "TargetCount": count, "Status": "InService",
        })
    };
    let cluster = json!({
        "ClusterName": POD_CLUSTER,
        "ClusterArn": arn,
        "ClusterStatus": "InService",
        "CreationTime": CREATED_AT,
        "InstanceGroups": GROUPS.map(group),
        "NodeRecovery": "Automatic",
    });
    estate.put(account, region, "Cluster", cluster);
    for node in &world.nodes {
        let document = json!({
            "ClusterName": POD_CLUSTER,
            "InstanceGroupName": node.group,
            "InstanceId": node.id,
            "InstanceType": POD_TYPE,
            "LaunchTime": CREATED_AT,
            "InstanceStatus": { "Status": "Running", "Message": "" },
        });
        estate.put(account, region, "ClusterNode", document);
        add_series(node, estate);
    }
}

/// An agent on the nodes that names them by their id.
fn add_series(node: &Node, estate: &mut Estate) {
    let (account, region) = (POD_PLACE.account(), POD_PLACE.region());
    let shape = shapes::of_sagemaker(POD_TYPE);
    for gpu in 0..shape.gpus {
        let index = gpu.to_string();
        let dimensions =
            [("InstanceId", node.id.as_str()), ("index", index.as_str()), ("name", shape.gpu)];
        let used = if node.level > 0.0 { 0.9 } else { 0.01 } * shape.gpu_gib * 1024.0;
        let of =
            [("nvidia_smi_utilization_gpu", node.level * 100.0), ("nvidia_smi_memory_used", used)];
        for (name, value) in of {
            let sent = move |_| Some(Bucket::steady(value));
            estate.metrics.add(account, region, Series::new("CWAgent", name, &dimensions, sent));
        }
    }
}

/// What the nodes cost on a day.
pub(super) fn lines(world: &World, day: i64) -> Vec<CostLine> {
    let usd = shapes::sagemaker_usd(POD_TYPE);
    let line = |node: &Node| CostLine {
        account: POD_PLACE.account().to_owned(),
        region: POD_PLACE.region().to_owned(),
        usage_type: format!("USE1-Cluster:{POD_TYPE}"),
        instance_type: POD_TYPE.to_owned(),
        resource_id: node.id.clone(),
        ..bill::sagemaker(day, 24.0, usd)
    };
    world.nodes.iter().map(line).collect()
}
