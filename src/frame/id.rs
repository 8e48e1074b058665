//! Ids: the global one, `provider:account:region:id`, readable and the same from every source, and the many ways in which
//! clouds, clusters and people write it.

/// The provider's own part of a global id `provider:account:region:id`.
pub fn native_id(resource_id: &str) -> &str {
    resource_id.splitn(4, ':').nth(3).unwrap_or(resource_id)
}

/// Whether an id is global as it stands: four parts, and the own one is not long.
pub fn is_global(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, ':').collect();
    match parts.as_slice() {
        [first, _, _, own] => *first != "arn" && !own.is_empty() && Spelled::long(own).is_none(),
        _ => false,
    }
}

/// Joins the parts of a global id. Native ids in a provider's long form are shortened: an ARN gives its own account and
/// region and the part after them, an Azure resource path its group, type and name, a Google resource name the part after
/// its project and location. An empty region becomes `global`.
///
/// ```
/// use ai_cost::frame::global_id;
/// assert_eq!(global_id("aws", "123", "us-east-1", "i-0abc"), "aws:123:us-east-1:i-0abc");
/// assert_eq!(
///     global_id("aws", "1", "x", "arn:aws:sagemaker:eu-west-1:123:endpoint/chat"),
///     "aws:123:eu-west-1:endpoint/chat"
/// );
/// ```
pub fn global_id(provider: &str, account: &str, region: &str, native_id: &str) -> String {
    let mut account = account;
    let mut region = region;
    let id = if let Some(arn) = Arn::parse(native_id) {
        account = if arn.account.is_empty() { account } else { arn.account };
        region = if arn.region.is_empty() { region } else { arn.region };
        arn.short()
    } else if provider == "azure" {
        azure(native_id)
    } else {
        google(native_id).map_or_else(|| native_id.to_owned(), |spelled| spelled.native_id)
    };
    let region = if region.is_empty() { "global" } else { region };
    format!("{}:{}:{}:{id}", plain(provider), plain(account), plain(region))
}

/// The first three parts of a global id may not hold its separator.
fn plain(part: &str) -> String {
    part.replace(':', "_")
}

/// An id taken apart: what it says of whom it belongs to, and the provider's own part in its short form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spelled {
    /// Provider. `None`: it does not say.
    pub provider: Option<String>,
    /// Account, subscription or project. `None`: it does not say.
    pub account_id: Option<String>,
    /// Region or zone. `None`: it does not say.
    pub place: Option<String>,
    /// The short own id, as global ids hold it.
    pub native_id: String,
}

impl Spelled {
    /// Takes an id apart: a global id, an ARN, an Azure resource path, a Google resource name or link, or the provider id
    /// of a Kubernetes node. Anything else is an own id that says no more.
    pub fn parse(text: &str) -> Self {
        Self::long(text).unwrap_or_else(|| Self { native_id: text.to_owned(), ..Self::default() })
    }

    /// The same, `None` for an own id alone.
    pub fn long(text: &str) -> Option<Self> {
        arn(text)
            .or_else(|| node(text))
            .or_else(|| is_azure(text).then(|| azure_path(text)))
            .or_else(|| google(text))
            .or_else(|| global(text))
    }

    /// The region, of a zone its region. `None`: it does not say.
    pub fn region(&self) -> Option<&str> {
        let place = self.place.as_deref()?;
        let is_zone_letter = |letter: &str| letter.len() == 1 && letter != "0";
        match (self.provider.as_deref(), place.rsplit_once('-')) {
            (Some("gcp"), Some((region, zone))) if is_zone_letter(zone) => Some(region),
            (Some("aws"), Some((_, last)))
                if last.ends_with(|end: char| end.is_ascii_lowercase()) =>
            {
                Some(place.trim_end_matches(|end: char| end.is_ascii_lowercase()))
            }
            _ => Some(place),
        }
    }

    /// The global id, with what the spelling leaves open from elsewhere.
    pub fn global_id(&self, provider: &str, account_id: &str, region: &str) -> String {
        let said = |part: Option<&str>, other: &str| part.unwrap_or(other).to_owned();
        let provider = said(self.provider.as_deref(), provider);
        let account_id = said(self.account_id.as_deref(), account_id);
        let region = said(self.region(), region);
        global_id(&provider, &account_id, &region, &self.native_id)
    }
}

/// A part of an id that says something.
fn said(part: &str) -> Option<String> {
    (!matches!(part, "" | "-" | "global" | "unknown")).then(|| part.to_owned())
}

fn arn(text: &str) -> Option<Spelled> {
    let arn = Arn::parse(text)?;
    Some(Spelled {
        provider: Some("aws".to_owned()),
        account_id: said(arn.account),
        place: said(arn.region),
        native_id: arn.short(),
    })
}

/// `aws:///ZONE/i-…`, `gce://PROJECT/ZONE/NAME` and `azure:///subscriptions/…`, as kubelets report their machine.
fn node(text: &str) -> Option<Spelled> {
    let (scheme, path) = text.split_once("://")?;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match (scheme, parts.as_slice()) {
        ("aws", [zone, .., id]) => Some(Spelled {
            provider: Some("aws".to_owned()),
            account_id: None,
            place: said(zone),
            native_id: (*id).to_owned(),
        }),
        ("aws", [id]) => Some(Spelled { provider: Some("aws".to_owned()), ..Spelled::parse(id) }),
        ("gce", [project, zone, name]) => Some(Spelled {
            provider: Some("gcp".to_owned()),
            account_id: said(project),
            place: said(zone),
            native_id: format!("instances/{name}"),
        }),
        ("azure", _) => Some(azure_path(path)),
        _ => None,
    }
}

fn is_azure(text: &str) -> bool {
    let start = text.trim_start_matches('/');
    start
        .get(.."subscriptions/".len())
        .is_some_and(|start| start.eq_ignore_ascii_case("subscriptions/"))
}

fn azure_path(path: &str) -> Spelled {
    let subscription = path.trim_matches('/').split('/').nth(1);
    Spelled {
        provider: Some("azure".to_owned()),
        account_id: subscription.and_then(said).map(|id| id.to_lowercase()),
        place: None,
        native_id: azure(path),
    }
}

/// A global id whose own part may be long in turn.
fn global(text: &str) -> Option<Spelled> {
    let [provider, account, region, own] =
        text.splitn(4, ':').collect::<Vec<_>>().try_into().ok()?;
    if [provider, account, region, own].contains(&"") {
        return None;
    }
    let own = Spelled::parse(own);
    Some(Spelled {
        provider: said(provider),
        account_id: own.account_id.or_else(|| said(account)),
        place: own.place.or_else(|| said(region)),
        native_id: if provider == "azure" { azure(&own.native_id) } else { own.native_id },
    })
}

/// The parts of `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy)]
pub struct Arn<'a> {
    /// Service.
    pub service: &'a str,
    /// Region. Empty: the service has none.
    pub region: &'a str,
    /// Account. Empty: the service names none.
    pub account: &'a str,
    /// What it names within the service.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart. `None`: it is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let _partition = parts.next()?;
        Some(Self {
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// EC2 resources go by their bare id, as inventories list them. SageMaker and Bedrock names are told apart by their
    /// type already; everything else needs its service in front. SageMaker names are lower-case in bills only.
    fn short(self) -> String {
        match self.service {
            "ec2" => self.resource.rsplit('/').next().unwrap_or(self.resource).to_owned(),
            "sagemaker" => self.resource.to_ascii_lowercase(),
            "bedrock" => self.resource.to_owned(),
            service => format!("{service}/{}", self.resource),
        }
    }
}

/// `/subscriptions/S/resourceGroups/G/providers/P/T/N` becomes `g/p/t/n`; case differs between Azure's own services.
fn azure(native_id: &str) -> String {
    let id = native_id.to_lowercase();
    let id = id.trim_matches('/');
    let mut parts: Vec<&str> = id.split('/').collect();
    if parts.first() == Some(&"subscriptions") {
        parts.drain(..parts.len().min(2));
    }
    if parts.first().is_some_and(|part| *part == "resourcegroups") {
        parts.remove(0);
    }
    parts.retain(|part| *part != "providers" && !part.is_empty());
    if parts.is_empty() { id.to_owned() } else { parts.join("/") }
}

/// `//compute.googleapis.com/projects/P/zones/Z/instances/N` becomes `instances/N`; other services keep their short name.
/// Links and relative names of Compute Engine are the same without or with another host.
fn google(text: &str) -> Option<Spelled> {
    let (service, path) = if let Some(name) = text.strip_prefix("//") {
        let (host, path) = name.split_once('/').unwrap_or((name, ""));
        (host.split('.').next().unwrap_or(host), path)
    } else if let Some(link) = text.strip_prefix("https://") {
        let (_, path) = link.split_once("googleapis.com/compute/")?;
        ("compute", path.split_once('/')?.1)
    } else if text.starts_with("projects/") {
        ("compute", text)
    } else {
        return None;
    };
    let mut parts: Vec<&str> = path.split('/').collect();
    let mut spelled = Spelled { provider: Some("gcp".to_owned()), ..Spelled::default() };
    for container in ["projects", "zones", "regions", "locations"] {
        if parts.first() == Some(&container) && parts.len() > 2 {
            let named = parts.get(1).and_then(|part| said(part));
            if container == "projects" {
                spelled.account_id = named;
            } else {
                spelled.place = named;
            }
            parts.drain(..2);
        }
    }
    if parts.first() == Some(&"global") && parts.len() > 1 {
        parts.remove(0);
    }
    let path = parts.join("/");
    spelled.native_id = if service == "compute" { path } else { format!("{service}/{path}") };
    Some(spelled)
}

#[cfg(test)]
mod tests {
    use super::{Spelled, global_id};

    #[test]
    fn arns_bring_their_own_account_and_region() {
        let id = |native| global_id("aws", "999", "us-west-2", native);
        assert_eq!(id("i-0abc"), "aws:999:us-west-2:i-0abc");
        assert_eq!(id("arn:aws:ec2:eu-west-1:123:instance/i-0abc"), "aws:123:eu-west-1:i-0abc");
        assert_eq!(
            id("arn:aws:sagemaker:eu-west-1:123:endpoint/Chat"),
            "aws:123:eu-west-1:endpoint/chat"
        );
        assert_eq!(id("arn:aws:sqs:eu-west-1:123:jobs"), "aws:123:eu-west-1:sqs/jobs");
        assert_eq!(id("arn:aws:s3:::models"), "aws:999:us-west-2:s3/models");
    }

    #[test]
    fn azure_paths_lose_their_subscription_and_their_case() {
        assert_eq!(
            global_id(
                "azure",
                "sub-1",
                "eastus",
                "/subscriptions/SUB-1/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/Vm1"
            ),
            "azure:sub-1:eastus:rg/microsoft.compute/virtualmachines/vm1"
        );
    }

    #[test]
    fn google_names_lose_their_project_and_location() {
        let id = |native| global_id("gcp", "p1", "", native);
        assert_eq!(
            id("//compute.googleapis.com/projects/p1/zones/us-central1-a/instances/42"),
            "gcp:p1:global:instances/42"
        );
        assert_eq!(
            id("//aiplatform.googleapis.com/projects/p1/locations/us-central1/endpoints/7"),
            "gcp:p1:global:aiplatform/endpoints/7"
        );
    }

    #[test]
    fn provider_ids_of_nodes_name_their_machine() {
        let said = |text| {
            let Spelled { provider, account_id, place, native_id } = Spelled::parse(text);
            [provider, account_id, place, Some(native_id)].map(Option::unwrap_or_default).join(" ")
        };
        assert_eq!(said("aws:///eu-west-1a/i-0abc"), "aws  eu-west-1a i-0abc");
        assert_eq!(said("gce://p1/us-central1-a/gke-1"), "gcp p1 us-central1-a instances/gke-1");
        assert_eq!(
            said(
                "azure:///subscriptions/S1/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/Vm1"
            ),
            "azure s1  rg/microsoft.compute/virtualmachines/vm1"
        );
        assert_eq!(said("i-0abc"), "   i-0abc");
    }

    #[test]
    fn a_zone_says_its_region() {
        let id = |text: &str| Spelled::parse(text).global_id("aws", "1", "unknown");
        assert_eq!(id("aws:///eu-west-1a/i-0abc"), "aws:1:eu-west-1:i-0abc");
        assert_eq!(id("gce://p1/us-central1-a/n"), "gcp:p1:us-central1:instances/n");
        assert_eq!(
            id("projects/p1/locations/europe-west4/endpoints/7"),
            "gcp:p1:europe-west4:endpoints/7"
        );
        assert_eq!(id("i-0abc"), "aws:1:unknown:i-0abc");
    }
}
