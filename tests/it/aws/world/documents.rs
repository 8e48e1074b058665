//! What `SageMaker` has, as it is described.

use serde_json::{Value, json};

use super::{Endpoint, HOUR, Job, Notebook, START, Serving, World, jobs::Kind};
use crate::aws::fake::Estate;

/// Long before the window.
const CREATED_AT: i64 = START - 90 * 24 * HOUR;
/// What stops a notebook that nobody uses: a call of `autostop.py` every five minutes.
const STOPS: &str = "stop-when-idle";
const STOP_SCRIPT: &str = "IyEvYmluL2Jhc2gKKGNyb250YWIgLWw7IGVjaG8gJyovNSAqICogKiAqIGF1dG9zdG9wLnB5IC0tdGltZSAzNjAwJykgfCBjcm9udGFiIC0K";

pub(super) fn put(world: &World, estate: &mut Estate) {
    for endpoint in &world.endpoints {
        put_endpoint(endpoint, estate);
    }
    for job in &world.jobs {
        put_job(job, estate);
    }
    for notebook in &world.notebooks {
        put_notebook(notebook, estate);
    }
}

fn put_endpoint(endpoint: &Endpoint, estate: &mut Estate) {
    let Endpoint { name, place, replicas, .. } = endpoint;
    let (account, region) = (place.account(), place.region());
    let arn = |kind: &str| format!("arn:aws:sagemaker:{region}:{account}:{kind}/{name}");
    let mut variant = json!({
        "VariantName": "AllTraffic", "CurrentWeight": 1.0, "DesiredWeight": 1.0,
    });
    let mut configured = json!({ "VariantName": "AllTraffic", "InitialVariantWeight": 1.0 });
    if let Serving::Serverless { waiting } = endpoint.serving {
        let mut serverless = json!({ "MemorySizeInMB": 4096, "MaxConcurrency": 10 });
        if waiting > 0 {
            serverless["ProvisionedConcurrency"] = waiting.into();
        }
        variant["CurrentServerlessConfig"] = serverless.clone();
        configured["ServerlessConfig"] = serverless;
    } else {
        variant["CurrentInstanceCount"] = endpoint.machines_now().into();
        variant["DesiredInstanceCount"] = endpoint.machines_now().into();
        configured["InstanceType"] = endpoint.instance_type.into();
        configured["InitialInstanceCount"] = (*replicas).into();
    }
    if !matches!(endpoint.serving, Serving::Shared { .. }) {
        configured["ModelName"] = name.as_str().into();
    }
    let mut described = json!({
        "EndpointName": name,
        "EndpointArn": arn("endpoint"),
        "EndpointConfigName": name,
        "EndpointStatus": endpoint.status,
        "CreationTime": CREATED_AT,
        "LastModifiedTime": CREATED_AT,
        "ProductionVariants": [variant],
    });
    match endpoint.serving {
        Serving::Queued => {
            let output = json!({ "S3OutputPath": "s3://answers/" });
            described["AsyncInferenceConfig"] = json!({ "OutputConfig": output });
        }
        Serving::Detailed => {
            described["MetricsConfig"] = json!({ "EnableEnhancedMetrics": true });
        }
        _ => {}
    }
    estate.put(account, region, "Endpoint", described);
    let config = json!({
        "EndpointConfigName": name,
        "EndpointConfigArn": arn("endpoint-config"),
        "CreationTime": CREATED_AT,
        "ProductionVariants": [configured],
    });
    estate.put(account, region, "EndpointConfig", config);
    for model in endpoint.models() {
        let id = format!("arn:aws:sagemaker:{region}:{account}:inference-component/{model}");
        let held = json!({
            "InferenceComponentName": model,
            "InferenceComponentArn": id,
            "InferenceComponentStatus": "InService",
            "EndpointName": name,
            "EndpointArn": arn("endpoint"),
            "VariantName": "AllTraffic",
            "CreationTime": CREATED_AT,
            "LastModifiedTime": CREATED_AT,
            "Specification": { "ModelName": model, "ComputeResourceRequirements": {
                "NumberOfAcceleratorDevicesRequired": 1.0, "MinMemoryRequiredInMb": 16384,
            } },
            "RuntimeConfig": { "DesiredCopyCount": 1, "CurrentCopyCount": 1 },
        });
        estate.put(account, region, "InferenceComponent", held);
    }
    let tags =
        json!({ "ResourceArn": arn("endpoint"), "Tags": [{ "Key": "team", "Value": "search" }] });
    estate.put(account, region, "Tags", tags);
    if endpoint.is_scaled {
        put_scaling(endpoint, estate);
    }
}

fn put_scaling(endpoint: &Endpoint, estate: &mut Estate) {
    let Endpoint { name, place, replicas, .. } = endpoint;
    let (account, region) = (place.account(), place.region());
    let id = format!("endpoint/{name}/variant/AllTraffic");
    let common = json!({
        "ServiceNamespace": "sagemaker",
        "ResourceId": id,
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "CreationTime": CREATED_AT,
    });
    let with = |more: Value| {
        let mut all = common.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let role = format!("arn:aws:iam::{account}:role/scaling");
    // A queue lets its machines go.
    let floor = i32::from(endpoint.serving != Serving::Queued);
    let target = with(json!({ "MinCapacity": floor, "MaxCapacity": replicas, "RoleARN": role }));
    estate.put(account, region, "ScalableTarget", target);
    let policy = with(json!({
        "PolicyName": "track",
        "PolicyARN": format!("arn:aws:autoscaling:{region}:{account}:scalingPolicy:1:{id}"),
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 300.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance",
            },
        },
    }));
    estate.put(account, region, "ScalingPolicy", policy);
}

fn put_job(job: &Job, estate: &mut Estate) {
    let (account, region) = (job.place.account(), job.place.region());
    let start = START + job.from * HOUR;
    let seconds = job.hours * HOUR;
    let end = start + seconds;
    let arn = format!("arn:aws:sagemaker:{region}:{account}:{}", job.id());
    let cluster = json!({
        "InstanceType": job.instance_type, "InstanceCount": job.machines, "VolumeSizeInGB": 100,
    });
    let (kind, document) = match job.kind {
        Kind::Training => {
            let mut document = json!({
                "TrainingJobName": job.name,
                "TrainingJobArn": arn,
                "TrainingJobStatus": "Completed",
                "SecondaryStatus": "Completed",
                "CreationTime": start - 300,
                "TrainingStartTime": start,
                "TrainingEndTime": end,
                "LastModifiedTime": end,
                "ResourceConfig": cluster,
                "StoppingCondition": { "MaxRuntimeInSeconds": 86_400 },
                "EnableManagedSpotTraining": job.is_spot,
                "TrainingTimeInSeconds": seconds,
                // Spot training of this estate is billed at three tenths.
                "BillableTimeInSeconds": if job.is_spot { seconds * 3 / 10 } else { seconds },
            });
            if job.has_checkpoint {
                document["CheckpointConfig"] = json!({ "S3Uri": "s3://checkpoints/" });
            }
            ("TrainingJob", document)
        }
        Kind::Processing => {
            let document = json!({
                "ProcessingJobName": job.name,
                "ProcessingJobArn": arn,
                "ProcessingJobStatus": "Completed",
                "CreationTime": start - 300,
                "ProcessingStartTime": start,
                "ProcessingEndTime": end,
                "LastModifiedTime": end,
                "ProcessingResources": { "ClusterConfig": cluster },
            });
            ("ProcessingJob", document)
        }
        Kind::Transform => {
            let document = json!({
                "TransformJobName": job.name,
                "TransformJobArn": arn,
                "TransformJobStatus": "Completed",
                "ModelName": "scorer",
                "CreationTime": start - 300,
                "TransformStartTime": start,
                "TransformEndTime": end,
                "LastModifiedTime": end,
                "TransformResources": {
                    "InstanceType": job.instance_type, "InstanceCount": job.machines,
                },
            });
            ("TransformJob", document)
        }
    };
    estate.put(account, region, kind, document);
}

fn put_notebook(notebook: &Notebook, estate: &mut Estate) {
    let (account, region) = (notebook.place.account(), notebook.place.region());
    let mut document = json!({
        "NotebookInstanceName": notebook.name,
        "NotebookInstanceArn": format!("arn:aws:sagemaker:{region}:{account}:{}", notebook.id()),
        "NotebookInstanceStatus": if notebook.is_running { "InService" } else { "Stopped" },
        "InstanceType": notebook.instance_type,
        "CreationTime": CREATED_AT,
        "LastModifiedTime": CREATED_AT + 24 * HOUR,
        "VolumeSizeInGB": 50,
    });
    if notebook.stops_by_itself {
        document["NotebookInstanceLifecycleConfigName"] = STOPS.into();
        let config = json!({
            "NotebookInstanceLifecycleConfigName": STOPS,
            "OnStart": [{ "Content": STOP_SCRIPT }],
        });
        estate.put(account, region, "NotebookInstanceLifecycleConfig", config);
    }
    estate.put(account, region, "NotebookInstance", document);
}
