//! Ids as files write them: one resource under any of its spellings.

use std::collections::BTreeMap;

use super::{
    ResourceRow,
    id::{Spelled, native_id},
};

/// Types in long ids whose name alone people give a resource, with the kinds it then has.
const NAMED_TYPES: [(&str, &[&str]); 7] = [
    ("instances", &["gpu_instance", "node"]),
    ("virtualmachines", &["gpu_instance", "node"]),
    ("endpoint", &["endpoint"]),
    ("endpoints", &["endpoint"]),
    ("onlineendpoints", &["endpoint"]),
    ("notebook-instance", &["notebook"]),
    ("training-job", &["job"]),
];

/// Finds global ids by any spelling.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    known: Vec<Known>,
    whole: BTreeMap<String, usize>,
    /// By the own id in lower case, and by each end of it that follows a slash. SageMaker's names are in lower case on
    /// bills only, and Azure's services disagree about case.
    by_native: BTreeMap<String, Vec<usize>>,
    by_end: BTreeMap<String, Vec<usize>>,
}

/// A resource and whom it belongs to.
#[derive(Debug, Clone)]
struct Known {
    resource_id: String,
    provider: String,
    account_id: String,
    region: String,
    kind: String,
}

impl Aliases {
    /// The ids of these resources.
    pub fn of(resources: &[ResourceRow]) -> Self {
        let mut aliases = Self::default();
        for (index, row) in resources.iter().enumerate() {
            aliases.add(index, &row.resource_id);
            aliases.known.push(Known {
                resource_id: row.resource_id.clone(),
                provider: row.provider.clone(),
                account_id: row.account_id.clone(),
                region: row.region.clone(),
                kind: row.kind.clone(),
            });
        }
        aliases
    }

    fn add(&mut self, index: usize, resource_id: &str) {
        self.whole.insert(resource_id.to_owned(), index);
        let native = native_id(resource_id).to_lowercase();
        let short = Spelled::parse(resource_id).native_id.to_lowercase();
        let put = |map: &mut BTreeMap<String, Vec<usize>>, key: &str| {
            let found = map.entry(key.to_owned()).or_default();
            if found.last() != Some(&index) {
                found.push(index);
            }
        };
        for key in [&native, &short] {
            put(&mut self.by_native, key);
            for (at, _) in key.match_indices('/') {
                put(&mut self.by_end, key.get(at + 1..).unwrap_or_default());
            }
        }
    }

    /// The global id of an id: a global one, the provider's own or the end of it, an ARN, an Azure path, a Google resource
    /// name, or a Kubernetes provider id. `None`: no resource has it, or several do.
    pub fn resolve(&self, id: &str) -> Option<String> {
        if self.whole.contains_key(id) {
            return Some(id.to_owned());
        }
        let spelled = Spelled::parse(id);
        let native = spelled.native_id.to_lowercase();
        let keys = [native.clone(), id.to_lowercase()];
        for map in [&self.by_native, &self.by_end] {
            for key in &keys {
                let found = self.matching(map, key, |known| known.agrees(&spelled));
                if !found.is_empty() {
                    return only(&found);
                }
            }
        }
        let (rest, name) = native.rsplit_once('/')?;
        let (_, kinds) =
            NAMED_TYPES.iter().find(|(word, _)| rest.rsplit('/').next() == Some(*word))?;
        let is_it = |known: &Known| known.agrees(&spelled) && kinds.contains(&known.kind.as_str());
        only(&self.matching(&self.by_native, name, is_it))
    }

    fn matching(
        &self,
        map: &BTreeMap<String, Vec<usize>>,
        key: &str,
        is_it: impl Fn(&Known) -> bool,
    ) -> Vec<&Known> {
        let found = map.get(key).into_iter().flatten();
        found.filter_map(|&index| self.known.get(index)).filter(|known| is_it(known)).collect()
    }
}

/// The id of the only resource found. `None`: there are several, or none.
fn only(found: &[&Known]) -> Option<String> {
    match found {
        [known] => Some(known.resource_id.clone()),
        _ => None,
    }
}

impl Known {
    /// Whether nothing that a spelling says speaks against it.
    fn agrees(&self, spelled: &Spelled) -> bool {
        let same = |own: &str, said: &Option<String>| {
            said.as_ref().is_none_or(|said| is_open(own) || own.eq_ignore_ascii_case(said))
        };
        // Google projects go by a name or by a number.
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_project = spelled.provider.as_deref() == Some("gcp")
            && spelled
                .account_id
                .as_deref()
                .is_some_and(|said| is_number(said) != is_number(&self.account_id));
        same(&self.provider, &spelled.provider)
            && (is_project || same(&self.account_id, &spelled.account_id))
            && spelled
                .place
                .as_ref()
                .is_none_or(|said| is_open(&self.region) || is_in(said, &self.region))
    }
}

/// Words that stand for "not known".
fn is_open(part: &str) -> bool {
    matches!(part, "" | "global" | "unknown")
}

/// Whether a place is a region or one of its zones.
fn is_in(place: &str, region: &str) -> bool {
    let (place, region) = (place.to_lowercase(), region.to_lowercase());
    place
        .strip_prefix(&region)
        .is_some_and(|zone| !zone.starts_with(|first: char| first.is_ascii_digit()))
}

/// Writes the ids by which resources name each other as the global ids of those that are meant.
pub fn link(resources: &mut [ResourceRow]) {
    let aliases = Aliases::of(resources);
    let global = |id: String| aliases.resolve(&id).unwrap_or(id);
    for row in resources {
        row.backed_by = row.backed_by.take().map(global);
        row.attached_to = row.attached_to.take().map(global);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(resource_id: &str, kind: &str) -> ResourceRow {
        let mut parts = resource_id.splitn(4, ':').filter(|part| *part != resource_id);
        let mut next = || parts.next().unwrap_or("unknown").to_owned();
        ResourceRow {
            resource_id: resource_id.to_owned(),
            provider: next(),
            account_id: next(),
            region: next(),
            kind: kind.to_owned(),
            ..ResourceRow::default()
        }
    }

    #[test]
    fn every_spelling_finds_the_resource() {
        let cases = [
            (
                "aws:1:eu-west-1:i-0abc",
                &[
                    "aws:1:eu-west-1:i-0abc",
                    "i-0abc",
                    "arn:aws:ec2:eu-west-1:1:instance/i-0abc",
                    "aws:///eu-west-1a/i-0abc",
                    "aws:1:eu-west-1:arn:aws:ec2:eu-west-1:1:instance/i-0abc",
                ][..],
            ),
            (
                "aws:1:eu-west-1:endpoint/chat",
                &[
                    "endpoint/Chat",
                    "Chat",
                    "arn:aws:sagemaker:eu-west-1:1:endpoint/Chat",
                    "aws:1:eu-west-1:endpoint/Chat",
                ],
            ),
            (
                "azure:sub-1:eastus:rg/microsoft.compute/virtualmachines/vm1",
                &[
                    "/subscriptions/SUB-1/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/Vm1",
                    "subscriptions/sub-1/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1",
                    "azure:///subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1",
                    "RG/Microsoft.Compute/virtualMachines/VM1",
                    "vm1",
                ],
            ),
            (
                "gcp:p1:us-central1:instances/gpu-1",
                &[
                    "//compute.googleapis.com/projects/p1/zones/us-central1-a/instances/gpu-1",
                    "//compute.googleapis.com/projects/123/zones/us-central1-a/instances/gpu-1",
                    "https://www.googleapis.com/compute/v1/projects/p1/zones/us-central1-a/instances/gpu-1",
                    "projects/p1/zones/us-central1-a/instances/gpu-1",
                    "gce://p1/us-central1-a/gpu-1",
                    "gpu-1",
                ],
            ),
            (
                "gcp:p1:us-central1:aiplatform/endpoints/7",
                &[
                    "//aiplatform.googleapis.com/projects/p1/locations/us-central1/endpoints/7",
                    "projects/p1/locations/us-central1/endpoints/7",
                ],
            ),
        ];
        let rows: Vec<ResourceRow> = cases.iter().map(|(id, _)| row(id, "gpu_instance")).collect();
        let aliases = Aliases::of(&rows);
        for (id, spellings) in cases {
            for spelling in spellings {
                assert_eq!(aliases.resolve(spelling).as_deref(), Some(id), "{spelling}");
            }
        }
    }

    #[test]
    fn a_long_id_finds_what_the_inventory_knows_by_name_if_its_kind_fits() {
        let rows = [row("aws:1:eu-west-1:Chat", "endpoint"), row("vm1", "gpu_instance")];
        let aliases = Aliases::of(&rows);
        let resolve = |id: &str| aliases.resolve(id);
        let endpoint = resolve("arn:aws:sagemaker:eu-west-1:1:endpoint/chat");
        assert_eq!(endpoint.as_deref(), Some("aws:1:eu-west-1:Chat"));
        let azure = |kind: &str| {
            format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/{kind}/vm1")
        };
        assert_eq!(resolve(&azure("virtualMachines")).as_deref(), Some("vm1"));
        assert_eq!(resolve(&azure("disks")), None);
    }

    #[test]
    fn another_account_or_region_is_another_resource() {
        let aliases = Aliases::of(&[row("aws:1:eu-west-1:endpoint/chat", "endpoint")]);
        for other in [
            "arn:aws:sagemaker:eu-west-1:2:endpoint/chat",
            "arn:aws:sagemaker:us-east-1:1:endpoint/chat",
            "aws:2:eu-west-1:endpoint/chat",
            "gce://p/z/chat",
        ] {
            assert_eq!(aliases.resolve(other), None, "{other}");
        }
        assert!(!is_in("europe-west10-a", "europe-west1"));
    }

    #[test]
    fn an_own_id_of_several_resources_is_nobodys_unless_the_spelling_says_more() {
        let rows = [
            row("aws:1:eu-west-1:endpoint/chat", "endpoint"),
            row("aws:2:eu-west-1:endpoint/chat", "endpoint"),
        ];
        let aliases = Aliases::of(&rows);
        assert_eq!(aliases.resolve("chat"), None);
        assert_eq!(aliases.resolve("endpoint/chat"), None);
        let second = aliases.resolve("arn:aws:sagemaker:eu-west-1:2:endpoint/Chat");
        assert_eq!(second.as_deref(), Some("aws:2:eu-west-1:endpoint/chat"));
    }

    #[test]
    fn rows_that_name_each_other_do_so_by_global_ids() {
        let mut rows = [
            row("aws:1:eu-west-1:i-0abc", "gpu_instance"),
            ResourceRow {
                backed_by: Some("aws:///eu-west-1a/i-0abc".to_owned()),
                attached_to: Some("i-unknown".to_owned()),
                ..row("kubernetes:c:eu-west-1:node/n", "node")
            },
        ];
        link(&mut rows);
        assert_eq!(rows[1].backed_by.as_deref(), Some("aws:1:eu-west-1:i-0abc"));
        assert_eq!(rows[1].attached_to.as_deref(), Some("i-unknown"));
    }
}
