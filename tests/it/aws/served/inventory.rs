//! What there is: lists, descriptions, and where they end.

use std::fs;

use aws_sdk_sagemaker::error::ProvideErrorMetadata as _;
use serde_json::json;

use super::{MEMBER, PAYER, REGION, empty, serve};
use crate::aws::client;

#[tokio::test]
async fn sagemaker_lists_100_at_most_and_has_the_type_in_the_configuration_only() {
    let mut estate = empty();
    for number in 0..120 {
        let name = format!("chat-{number:03}");
        let endpoint = json!({
            "EndpointName": name,
            "EndpointArn": format!("arn:aws:sagemaker:{REGION}:{PAYER}:endpoint/{name}"),
            "EndpointConfigName": "chat",
            "EndpointStatus": if number == 7 { "Failed" } else { "InService" },
            "CreationTime": 1_780_000_000 + number,
            "LastModifiedTime": 1_780_000_000 + number,
            "ProductionVariants": [
                { "VariantName": "all", "CurrentInstanceCount": 2, "DesiredInstanceCount": 2 },
            ],
        });
        estate.put(PAYER, REGION, "Endpoint", endpoint);
    }
    let config = json!({
        "EndpointConfigName": "chat",
        "EndpointConfigArn": format!("arn:aws:sagemaker:{REGION}:{PAYER}:endpoint-config/chat"),
        "CreationTime": 1_780_000_000,
        "ProductionVariants": [
            { "VariantName": "all", "InstanceType": "ml.p5.48xlarge", "InitialInstanceCount": 2 },
        ],
    });
    estate.put(PAYER, REGION, "EndpointConfig", config);
    let fake = serve(estate);
    let client = aws_sdk_sagemaker::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let first = client.list_endpoints().max_results(100).send().await.unwrap();
    assert_eq!(first.endpoints().len(), 100);
    // The newest come first.
    assert_eq!(first.endpoints()[0].endpoint_name(), Some("chat-119"));
    let rest = client.list_endpoints().max_results(100).set_next_token(first.next_token);
    assert_eq!(rest.send().await.unwrap().endpoints().len(), 20);
    let refused = client.list_endpoints().max_results(101).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ValidationException"));
    let failed = client.list_endpoints().status_equals("Failed".into()).send().await.unwrap();
    assert_eq!(failed.endpoints()[0].endpoint_name(), Some("chat-007"));
    let endpoint = client.describe_endpoint().endpoint_name("chat-003").send().await.unwrap();
    assert_eq!(endpoint.production_variants()[0].current_instance_count(), Some(2));
    let config =
        client.describe_endpoint_config().endpoint_config_name("chat").send().await.unwrap();
    let variant = &config.production_variants.unwrap()[0];
    assert_eq!(
        variant
            .instance_type()
            .map(aws_sdk_sagemaker::types::ProductionVariantInstanceType::as_str),
        Some("ml.p5.48xlarge")
    );
    let missing = client.describe_endpoint().endpoint_name("mail").send().await.unwrap_err();
    assert_eq!(missing.message(), Some("Could not find endpoint"));
}

#[tokio::test]
async fn jobs_are_found_by_their_time() {
    let mut estate = empty();
    for day in 0..30 {
        let job = json!({
            "TrainingJobName": format!("train-{day}"),
            "TrainingJobArn": format!("arn:aws:sagemaker:{REGION}:{PAYER}:training-job/train-{day}"),
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "CreationTime": 1_780_000_000 + day * 86_400,
            "LastModifiedTime": 1_780_003_600 + day * 86_400,
            "BillableTimeInSeconds": 1800,
            "EnableManagedSpotTraining": true,
            "ResourceConfig": { "InstanceType": "ml.g6e.12xlarge", "InstanceCount": 3, "VolumeSizeInGB": 100 },
        });
        estate.put(PAYER, REGION, "TrainingJob", job);
    }
    let fake = serve(estate);
    let client = aws_sdk_sagemaker::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let from = aws_sdk_sagemaker::primitives::DateTime::from_secs(1_780_000_000 + 20 * 86_400);
    let found = client.list_training_jobs().creation_time_after(from).max_results(100).send().await;
    let found = found.unwrap();
    assert_eq!(found.training_job_summaries().len(), 10);
    assert_eq!(found.training_job_summaries()[0].training_job_name(), Some("train-20"));
    let job = client.describe_training_job().training_job_name("train-3").send().await.unwrap();
    let config = job.resource_config().unwrap();
    assert_eq!(
        config.instance_type().map(aws_sdk_sagemaker::types::TrainingInstanceType::as_str),
        Some("ml.g6e.12xlarge")
    );
    assert_eq!((job.billable_time_in_seconds(), config.instance_count()), (Some(1800), Some(3)));
}

#[tokio::test]
async fn reservations_capacity_and_spot_prices_come_as_xml() {
    let mut estate = empty();
    let reserved = json!({
        "reservedInstancesId": "b1f5e4c2-0000-4000-8000-00000000000a",
        "instanceType": "g5.12xlarge",
        "instanceCount": 4,
        "scope": "Region",
        "state": "active",
        "offeringClass": "standard",
        "offeringType": "No Upfront",
        "start": "2026-01-01T00:00:00.000Z",
        "end": "2027-01-01T00:00:00.000Z",
        "duration": 31_536_000,
        "fixedPrice": 0.0,
        "recurringCharges": [{ "amount": 3.5732, "frequency": "Hourly" }],
    });
    estate.put(PAYER, REGION, "ReservedInstances", reserved.clone());
    let mut old = reserved;
    old["state"] = "retired".into();
    estate.put(PAYER, REGION, "ReservedInstances", old);
    let capacity = json!({
        "capacityReservationId": "cr-0123456789abcdef0",
        "instanceType": "p5.48xlarge",
        "availabilityZone": "us-east-1a",
        "totalInstanceCount": 4,
        "availableInstanceCount": 3,
        "state": "active",
        "tagSet": [{ "key": "team", "value": "research & more" }],
    });
    estate.put(PAYER, REGION, "CapacityReservation", capacity);
    for (day, price) in [(1, "0.5000"), (10, "0.6000"), (20, "0.7000")] {
        let price = json!({
            "availabilityZone": "us-east-1a",
            "instanceType": "g5.xlarge",
            "productDescription": "Linux/UNIX",
            "spotPrice": price,
            "timestamp": format!("2026-09-{day:02}T00:00:00.000Z"),
        });
        estate.put(PAYER, REGION, "SpotPrice", price);
    }
    let fake = serve(estate);
    let client = aws_sdk_ec2::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let active = aws_sdk_ec2::types::Filter::builder().name("state").values("active").build();
    let reserved = client.describe_reserved_instances().filters(active).send().await.unwrap();
    let [plan] = reserved.reserved_instances() else { panic!("{reserved:?}") };
    assert_eq!(
        (plan.instance_count(), plan.recurring_charges()[0].amount()),
        (Some(4), Some(3.5732))
    );
    let capacity = client.describe_capacity_reservations().send().await.unwrap();
    let known = &capacity.capacity_reservations()[0];
    assert_eq!(
        (known.available_instance_count(), known.total_instance_count()),
        (Some(3), Some(4))
    );
    assert_eq!(known.tags()[0].value(), Some("research & more"));
    let regions = client.describe_regions().send().await.unwrap();
    assert_eq!(regions.regions().len(), 2);
    // The price in force at the start belongs to it; the one before that does not.
    let time =
        |day: i64| aws_sdk_ec2::primitives::DateTime::from_secs(1_788_220_800 + (day - 1) * 86_400);
    let history = client.describe_spot_price_history().start_time(time(15)).end_time(time(30));
    let history = history.send().await.unwrap();
    let prices: Vec<_> =
        history.spot_price_history().iter().filter_map(|price| price.spot_price()).collect();
    assert_eq!(prices, ["0.7000", "0.6000"]);
}

#[tokio::test]
async fn clusters_and_their_nodes_come_under_paths() {
    let mut estate = empty();
    let cluster =
        json!({ "name": "gpu farm", "arn": "arn:aws:eks:us-east-1:111122223333:cluster/gpu farm" });
    estate.put(PAYER, REGION, "EksCluster", cluster);
    let group = json!({
        "clusterName": "gpu farm",
        "nodegroupName": "a10g",
        "capacityType": "SPOT",
        "instanceTypes": ["g5.xlarge"],
        "scalingConfig": { "minSize": 2, "maxSize": 8, "desiredSize": 2 },
    });
    estate.put(PAYER, REGION, "EksNodegroup", group);
    let environment = json!({
        "computeEnvironmentName": "train",
        "computeEnvironmentArn": "arn:aws:batch:us-east-1:111122223333:compute-environment/train",
        "ecsClusterArn": "arn:aws:ecs:us-east-1:111122223333:cluster/train",
        "type": "MANAGED",
        "state": "ENABLED",
        "computeResources": {
            "type": "EC2", "minvCpus": 96, "maxvCpus": 192, "instanceTypes": ["p4d.24xlarge"], "subnets": [],
        },
    });
    estate.put(PAYER, REGION, "ComputeEnvironment", environment);
    let throughput = json!({
        "provisionedModelName": "support",
        "provisionedModelArn": "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc",
        "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
        "desiredModelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
        "foundationModelArn": "arn:aws:bedrock:us-east-1::foundation-model/example",
        "modelUnits": 2,
        "desiredModelUnits": 2,
        "status": "InService",
        "creationTime": "2026-06-01T00:00:00Z",
        "lastModifiedTime": "2026-06-01T00:00:00Z",
    });
    estate.put(PAYER, REGION, "ProvisionedModelThroughput", throughput);
    let fake = serve(estate);
    let config = client::config(&fake.url(), PAYER, REGION);
    let eks = aws_sdk_eks::Client::new(&config);
    assert_eq!(eks.list_clusters().send().await.unwrap().clusters(), ["gpu farm"]);
    let groups = eks.list_nodegroups().cluster_name("gpu farm").send().await.unwrap();
    assert_eq!(groups.nodegroups(), ["a10g"]);
    let group = eks.describe_nodegroup().cluster_name("gpu farm").nodegroup_name("a10g");
    let group = group.send().await.unwrap().nodegroup.unwrap();
    assert_eq!(
        group.scaling_config().and_then(aws_sdk_eks::types::NodegroupScalingConfig::min_size),
        Some(2)
    );
    assert!(eks.list_nodegroups().cluster_name("other").send().await.is_err());
    let batch = aws_sdk_batch::Client::new(&config);
    let found = batch.describe_compute_environments().send().await.unwrap();
    let resources = found.compute_environments()[0].compute_resources().unwrap();
    assert_eq!(resources.minv_cpus(), Some(96));
    let bedrock = aws_sdk_bedrock::Client::new(&config);
    let found = bedrock.list_provisioned_model_throughputs().send().await.unwrap();
    assert_eq!(found.provisioned_model_summaries()[0].model_units(), 2);
}

#[tokio::test]
async fn only_the_payer_lists_accounts() {
    let fake = serve(empty());
    let list = |account: &str| {
        let config = client::config(&fake.url(), account, REGION);
        aws_sdk_organizations::Client::new(&config).list_accounts().send()
    };
    let known = list(PAYER).await.unwrap();
    let names: Vec<_> = known.accounts().iter().filter_map(|account| account.name()).collect();
    assert_eq!(names, ["root", "research"]);
    assert_eq!(list(MEMBER).await.unwrap_err().code(), Some("AccessDeniedException"));
}

#[tokio::test]
async fn objects_come_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("exports/cur/2026")).unwrap();
    fs::write(folder.path().join("exports/cur/2026/a.csv"), "one,two\n1,2\n").unwrap();
    fs::write(folder.path().join("exports/other.csv"), "x").unwrap();
    let mut estate = empty();
    estate.buckets = Some(folder.path().to_owned());
    let fake = serve(estate);
    let client = aws_sdk_s3::Client::new(&client::config(&fake.url(), PAYER, REGION));
    let found = client.list_objects_v2().bucket("exports").prefix("cur/").send().await.unwrap();
    let keys: Vec<_> = found.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!((keys, found.is_truncated()), (vec!["cur/2026/a.csv"], Some(false)));
    let object = client.get_object().bucket("exports").key("cur/2026/a.csv").send().await.unwrap();
    let content = object.body.collect().await.unwrap().into_bytes();
    assert_eq!(&content[..], b"one,two\n1,2\n");
    let part = client.get_object().bucket("exports").key("cur/2026/a.csv").range("bytes=-4");
    let part = part.send().await.unwrap().body.collect().await.unwrap().into_bytes();
    assert_eq!(&part[..], b"1,2\n");
    let missing = client.get_object().bucket("exports").key("cur/none").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("NoSuchKey"));
}
