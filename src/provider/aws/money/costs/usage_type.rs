//! What Cost Explorer's usage types say: `EUW2-SpotUsage:g5.xlarge`, `USE1-Host:ml.g5.2xlarge`, `EBS:VolumeUsage.gp3`.

use crate::provider::billing::instance_type;

/// AWS's short names of its regions in usage types. They do not follow from the region's name: `APS3` is `ap-south-1`. A usage
/// type without one is of us-east-1, and `EU` is older than the numbers.
const REGIONS: &[(&str, &str)] = &[
    ("AFS1", "af-south-1"),
    ("APE1", "ap-east-1"),
    ("APE2", "ap-east-2"),
    ("APN1", "ap-northeast-1"),
    ("APN2", "ap-northeast-2"),
    ("APN3", "ap-northeast-3"),
    ("APS1", "ap-southeast-1"),
    ("APS2", "ap-southeast-2"),
    ("APS3", "ap-south-1"),
    ("APS4", "ap-southeast-3"),
    ("APS5", "ap-south-2"),
    ("APS6", "ap-southeast-4"),
    ("APS7", "ap-southeast-5"),
    ("APS8", "ap-southeast-6"),
    ("APS9", "ap-southeast-7"),
    ("CAN1", "ca-central-1"),
    ("CAN2", "ca-west-1"),
    ("CPT", "af-south-1"),
    ("EU", "eu-west-1"),
    ("EUC1", "eu-central-1"),
    ("EUC2", "eu-central-2"),
    ("EUN1", "eu-north-1"),
    ("EUS1", "eu-south-1"),
    ("EUS2", "eu-south-2"),
    ("EUW1", "eu-west-1"),
    ("EUW2", "eu-west-2"),
    ("EUW3", "eu-west-3"),
    ("ILC1", "il-central-1"),
    ("MEC1", "me-central-1"),
    ("MES1", "me-south-1"),
    ("MXC1", "mx-central-1"),
    ("SAE1", "sa-east-1"),
    ("UGE1", "us-gov-east-1"),
    ("UGW1", "us-gov-west-1"),
    ("USE1", "us-east-1"),
    ("USE2", "us-east-2"),
    ("USW1", "us-west-1"),
    ("USW2", "us-west-2"),
];

/// What a usage type is the use of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// Hours of a machine of EC2.
    Machine,
    /// Hours of capacity of EC2 that was reserved and not used.
    UnusedCapacity,
    /// Hours of a machine behind an endpoint.
    Endpoint,
    /// Hours of a machine of a notebook instance or of Studio.
    Notebook,
    /// Hours of a machine of a training, processing or transform job.
    Job,
    /// Hours of a machine of a `HyperPod` cluster.
    ClusterNode,
    /// Months of a gigabyte of a volume.
    Volume,
    /// Hours of model units of Bedrock.
    Throughput,
    /// Anything else.
    Other,
}

/// A usage type, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsageType<'a> {
    /// Region. `None`: its short name is not known.
    pub(super) region: Option<&'static str>,
    pub(super) usage: Use,
    /// Machine type, or the type of a volume. `None`: it names none.
    pub(super) machine_type: Option<&'a str>,
    pub(super) is_spot: bool,
    /// Hardware of its own that a machine is on, as EC2 calls it: `dedicated` or `host`. `None`: it shares.
    pub(super) tenancy: Option<&'static str>,
}

impl<'a> UsageType<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let (region, rest) = split_region(text);
        let (word, of) = rest.split_once(':').unwrap_or((rest, ""));
        let machine_type = machine_type(rest);
        let usage = use_of(word, of, machine_type);
        Self {
            region,
            usage,
            machine_type: if usage == Use::Volume { volume_type(rest) } else { machine_type },
            is_spot: rest.contains("Spot"),
            tenancy: tenancy(usage, word),
        }
    }

    /// The service that bills it, as Cost Explorer calls it.
    pub(super) fn service(&self, text: &str) -> &'static str {
        let is_bedrock = ["oken", "Bedrock", "odelUnit"].iter().any(|word| text.contains(word));
        match self.usage {
            Use::Machine | Use::UnusedCapacity => super::EC2,
            Use::Endpoint | Use::Notebook | Use::Job | Use::ClusterNode => super::SAGEMAKER,
            Use::Volume => super::EC2_OTHER,
            Use::Throughput => super::BEDROCK,
            Use::Other if text.contains("ml.") => super::SAGEMAKER,
            Use::Other if is_bedrock => super::BEDROCK,
            Use::Other => "EC2, SageMaker or Bedrock",
        }
    }
}

/// Usage types of volumes in a region, to ask for nothing else of the service that bills them.
pub(super) fn of_volumes(region: &str) -> Vec<String> {
    const TYPES: [&str; 7] = ["", ".gp2", ".gp3", ".piops", ".io2", ".st1", ".sc1"];
    let mut prefixes: Vec<String> = REGIONS
        .iter()
        .filter(|(_, known)| *known == region)
        .map(|(code, _)| format!("{code}-"))
        .collect();
    if region == "us-east-1" {
        prefixes.push(String::new());
    }
    let all = |prefix: String| TYPES.map(|kind| format!("{prefix}EBS:VolumeUsage{kind}"));
    prefixes.into_iter().flat_map(all).collect()
}

/// The short name of a region is upper-case letters and digits before the first hyphen.
fn split_region(text: &str) -> (Option<&'static str>, &str) {
    let Some((code, rest)) = text.split_once('-') else { return (Some("us-east-1"), text) };
    if let Some((_, region)) = REGIONS.iter().find(|(known, _)| *known == code) {
        return (Some(region), rest);
    }
    let is_code = (3..=5).contains(&code.len())
        && code.starts_with(|c: char| c.is_ascii_uppercase())
        && code.ends_with(|c: char| c.is_ascii_digit())
        && code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    if is_code { (None, rest) } else { (Some("us-east-1"), text) }
}

/// `ml.` types may follow another word: `Studio:JupyterLab-ml.g5.xlarge`.
fn machine_type(rest: &str) -> Option<&str> {
    let from_ml = rest.find("ml.").and_then(|at| rest.get(at..));
    instance_type::aws(from_ml.unwrap_or(rest))
}

fn use_of(word: &str, of: &str, machine_type: Option<&str>) -> Use {
    let lower = word.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|known| lower.contains(known));
    let is_ml = machine_type.is_some_and(|name| name.starts_with("ml."));
    match () {
        () if is_ml && says(&["host", "asyncinf"]) => Use::Endpoint,
        () if is_ml && says(&["notebk", "notebook", "studio"]) => Use::Notebook,
        () if is_ml && says(&["train", "processing", "tsform", "transform"]) => Use::Job,
        () if is_ml && says(&["cluster", "hyperpod"]) => Use::ClusterNode,
        () if is_ml => Use::Other,
        () if says(&["unusedbox", "unusedded"]) => Use::UnusedCapacity,
        // `BoxUsage`, `SpotUsage`, `DedicatedUsage`: without a type they are of the oldest one, which has no accelerator.
        () if machine_type.is_some() && says(&["boxusage", "spotusage", "dedicatedusage"]) => {
            Use::Machine
        }
        () if word == "EBS" && of.starts_with("VolumeUsage") => Use::Volume,
        () if says(&["provisionedthroughput", "modelunit"]) => Use::Throughput,
        () => Use::Other,
    }
}

/// `DedicatedUsage:g5.xlarge`, `HostBoxUsage:g5.xlarge`.
fn tenancy(usage: Use, word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        _ if usage != Use::Machine => None,
        word if word.contains("dedicated") => Some("dedicated"),
        word if word.contains("hostbox") => Some("host"),
        _ => None,
    }
}

/// As EC2 names it. `io1` goes by `piops` here, and the oldest by nothing.
fn volume_type(rest: &str) -> Option<&str> {
    let kind = rest.split_once("VolumeUsage")?.1;
    match kind.strip_prefix('.') {
        None => Some("standard"),
        Some("piops") => Some("io1"),
        Some(kind) => Some(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> (Option<&'static str>, Use, Option<&str>, bool) {
        let UsageType { region, usage, machine_type, is_spot, .. } = UsageType::parse(text);
        (region, usage, machine_type, is_spot)
    }

    #[test]
    fn machines_of_ec2_by_the_hour() {
        let g5 = Some("g5.xlarge");
        assert_eq!(said("BoxUsage:g5.xlarge"), (Some("us-east-1"), Use::Machine, g5, false));
        assert_eq!(said("USE1-BoxUsage:g5.xlarge"), (Some("us-east-1"), Use::Machine, g5, false));
        assert_eq!(said("EU-BoxUsage:g5.xlarge"), (Some("eu-west-1"), Use::Machine, g5, false));
        assert_eq!(
            said("EUC1-SpotUsage:g5.xlarge"),
            (Some("eu-central-1"), Use::Machine, g5, true)
        );
        assert_eq!(said("APS3-BoxUsage:g5.xlarge"), (Some("ap-south-1"), Use::Machine, g5, false));
        assert_eq!(
            said("USW2-UnusedBox:p5.48xlarge"),
            (Some("us-west-2"), Use::UnusedCapacity, Some("p5.48xlarge"), false)
        );
    }

    #[test]
    fn sagemaker_by_what_the_machine_is_for() {
        let of = |text| {
            let (region, usage, machine_type, _) = said(text);
            (region.unwrap(), usage, machine_type.unwrap().to_owned())
        };
        let is = |region, usage, name: &str| (region, usage, name.to_owned());
        assert_eq!(of("USE1-Host:ml.g5.2xlarge"), is("us-east-1", Use::Endpoint, "ml.g5.2xlarge"));
        assert_eq!(of("EU-AsyncInf:ml.g5.xlarge"), is("eu-west-1", Use::Endpoint, "ml.g5.xlarge"));
        assert_eq!(of("USW2-Notebk:ml.g5.xlarge"), is("us-west-2", Use::Notebook, "ml.g5.xlarge"));
        assert_eq!(
            of("USE1-Studio:JupyterLab-ml.g5.xlarge"),
            is("us-east-1", Use::Notebook, "ml.g5.xlarge")
        );
        assert_eq!(of("USE2-Train:ml.p4d.24xlarge"), is("us-east-2", Use::Job, "ml.p4d.24xlarge"));
        assert_eq!(of("USE1-Tsform:ml.g5.xlarge"), is("us-east-1", Use::Job, "ml.g5.xlarge"));
        assert_eq!(
            of("USE1-Cluster:ml.p5.48xlarge"),
            is("us-east-1", Use::ClusterNode, "ml.p5.48xlarge")
        );
    }

    #[test]
    fn machines_on_hardware_of_their_own_are_told_apart() {
        let tenancy = |text| UsageType::parse(text).tenancy;
        assert_eq!(tenancy("EU-DedicatedUsage:g5.xlarge"), Some("dedicated"));
        assert_eq!(tenancy("HostBoxUsage:g5.xlarge"), Some("host"));
        assert_eq!(tenancy("BoxUsage:g5.xlarge"), None);
        assert_eq!(tenancy("Host:ml.g5.xlarge"), None, "an endpoint");
    }

    #[test]
    fn a_volume_is_called_as_ec2_calls_it() {
        assert_eq!(
            said("EBS:VolumeUsage.gp3"),
            (Some("us-east-1"), Use::Volume, Some("gp3"), false)
        );
        assert_eq!(said("EU-EBS:VolumeUsage.piops").2, Some("io1"));
        assert_eq!(said("EU-EBS:VolumeUsage").2, Some("standard"));
        assert_eq!(said("EU-EBS:SnapshotUsage").1, Use::Other);
        assert!(of_volumes("eu-west-1").contains(&"EU-EBS:VolumeUsage.gp3".to_owned()));
        assert!(of_volumes("us-east-1").contains(&"EBS:VolumeUsage.gp3".to_owned()));
        assert!(of_volumes("xx-new-1").is_empty());
    }

    #[test]
    fn a_region_that_is_not_known_is_unknown_and_not_another() {
        assert_eq!(said("XXN1-BoxUsage:g5.xlarge"), (None, Use::Machine, Some("g5.xlarge"), false));
        assert_eq!(said("DataTransfer-Out-Bytes").0, Some("us-east-1"));
        assert_eq!(said("USE1-CPUCredits:t3").1, Use::Other);
    }

    #[test]
    fn bedrocks_throughput_and_tokens_are_told_apart() {
        let throughput = UsageType::parse("USE1-ProvisionedThroughput-ModelUnits");
        assert_eq!(throughput.usage, Use::Throughput);
        let text = "USE1-NovaLite-input-tokens";
        assert_eq!(UsageType::parse(text).service(text), "Amazon Bedrock");
    }
}
