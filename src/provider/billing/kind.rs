//! The kind of resource, from its id and the words of the bill.

use crate::frame::Arn;

/// The kind, in the words of the `resources` frame. `hints` are the service, usage type and the like. Every virtual machine
/// whose type is known is a `gpu_instance`; the catalog tells later which of them have accelerators.
pub(super) fn resource_kind(
    provider: &str,
    native_id: &str,
    hints: &[Option<&str>],
    instance_type: Option<&str>,
) -> &'static str {
    let id = native_id.to_ascii_lowercase();
    let hints: String =
        hints.iter().flatten().map(|hint| hint.to_ascii_lowercase()).collect::<Vec<_>>().join("|");
    let has = |words: &[&str]| words.iter().any(|word| hints.contains(word));
    if id.contains("provisioned-model/")
        || has(&["provisionedthroughput", "provisioned throughput", "provisioned managed"])
    {
        return "provisioned_throughput";
    }
    let found = match provider {
        "aws" => aws(&id, &hints, instance_type),
        "azure" => azure(&id, instance_type),
        "gcp" => gcp(&id, instance_type),
        _ => None,
    };
    found.unwrap_or_else(|| {
        let is_volume =
            hints.split('|').any(|hint| matches!(hint, "volume" | "disk" | "bootvolume"));
        let is_machine =
            hints.split('|').any(|hint| matches!(hint, "instance" | "virtual machine"));
        match () {
            () if is_volume => "volume",
            () if is_machine && instance_type.is_some() => "gpu_instance",
            () => "other",
        }
    })
}

fn aws(id: &str, hints: &str, instance_type: Option<&str>) -> Option<&'static str> {
    let arn = Arn::parse(id);
    let local = arn.map_or(id, |arn| arn.resource);
    let service = arn.map_or("", |arn| arn.service);
    if service == "sagemaker" || hints.contains("sagemaker") {
        return Some(sagemaker(local, hints));
    }
    let bare = local.rsplit('/').next().unwrap_or(local);
    match () {
        () if bare.starts_with("i-") && (service.is_empty() || service == "ec2") => {
            Some(if instance_type.is_some() { "gpu_instance" } else { "other" })
        }
        () if bare.starts_with("vol-") => Some("volume"),
        () if arn.is_some() && service != "ec2" => Some("other"),
        () => None,
    }
}

fn sagemaker(local: &str, hints: &str) -> &'static str {
    let is = |prefixes: &[&str]| prefixes.iter().any(|prefix| local.starts_with(prefix));
    let says = |words: &[&str]| words.iter().any(|word| hints.contains(word));
    match () {
        () if is(&["endpoint/", "inference-component/"]) => "endpoint",
        () if is(&["notebook-instance/", "app/", "space/", "user-profile/"]) => "notebook",
        () if is(&[
            "training-job/",
            "processing-job/",
            "transform-job/",
            "hyper-parameter",
            "automl",
        ]) =>
        {
            "job"
        }
        () if says(&["-host:", "hosting", "-asyncinf", "serverlessinf"]) => "endpoint",
        () if says(&["-notebk", "-studio", "notebook"]) => "notebook",
        () if says(&["-train", "-processing", "-tsform", "training"]) => "job",
        () => "other",
    }
}

fn azure(id: &str, instance_type: Option<&str>) -> Option<&'static str> {
    match () {
        () if id.contains("/onlineendpoints/") => Some("endpoint"),
        () if id.contains("/microsoft.compute/disks/") => Some("volume"),
        () if instance_type.is_some()
            && (id.contains("/virtualmachines/")
                || id.contains("/virtualmachinescalesets/")
                || id.contains("/computes/")) =>
        {
            Some("gpu_instance")
        }
        () => None,
    }
}

fn gcp(id: &str, instance_type: Option<&str>) -> Option<&'static str> {
    match () {
        () if id.contains("aiplatform") && id.contains("endpoints/") => Some("endpoint"),
        () if id.contains("notebook") => Some("notebook"),
        () if ["customjobs/", "trainingpipelines/", "pipelinejobs/", "batchpredictionjobs/"]
            .iter()
            .any(|part| id.contains(part)) =>
        {
            Some("job")
        }
        () if id.contains("/disks/") => Some("volume"),
        () if id.contains("/instances/") && instance_type.is_some() => Some("gpu_instance"),
        () => None,
    }
}

/// Which of two kinds that charges of one resource suggest is the more telling.
pub(super) fn rank(kind: &str) -> u8 {
    match kind {
        "provisioned_throughput" => 6,
        "endpoint" => 5,
        "notebook" => 4,
        "job" => 3,
        "gpu_instance" => 2,
        "volume" => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::resource_kind;

    #[test]
    fn the_id_tells_the_kind_and_the_usage_type_helps() {
        let vm = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v";
        let disk = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
        let endpoint = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints/e";
        let gce = "//compute.googleapis.com/projects/p/zones/z/instances/1";
        for (provider, id, hint, instance_type, kind) in [
            ("aws", "i-0a", "BoxUsage:p4d.24xlarge", Some("p4d.24xlarge"), "gpu_instance"),
            ("aws", "i-0a", "DataTransfer-Out-Bytes", None, "other"),
            ("aws", "vol-0a", "EBS:VolumeUsage.gp3", None, "volume"),
            ("aws", "arn:aws:sagemaker:r:1:endpoint/e", "", Some("ml.g5.xlarge"), "endpoint"),
            ("aws", "arn:aws:sagemaker:r:1:training-job/t", "", Some("ml.g5.xlarge"), "job"),
            ("aws", "arn:aws:sagemaker:r:1:notebook-instance/n", "", None, "notebook"),
            ("aws", "arn:aws:bedrock:r:1:provisioned-model/x", "", None, "provisioned_throughput"),
            ("aws", "arn:aws:sqs:r:1:queue", "", None, "other"),
            ("azure", vm, "Virtual Machines", Some("Standard_NC24ads_A100_v4"), "gpu_instance"),
            ("azure", disk, "Storage", None, "volume"),
            ("azure", endpoint, "", None, "endpoint"),
            ("gcp", gce, "Compute Engine", Some("a2-highgpu-1g"), "gpu_instance"),
            ("oracle", "ocid1.volume", "volume", None, "volume"),
        ] {
            assert_eq!(resource_kind(provider, id, &[Some(hint)], instance_type), kind, "{id}");
        }
    }
}
