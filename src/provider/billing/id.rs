//! Global ids: `provider:account:region:id`, readable and the same from every source.

/// Joins the parts of a global id. Native ids in a provider's long form are shortened: an ARN gives its own account and
/// region and the part after them, an Azure resource path its group, type and name, a Google resource name the part after
/// its project and location. An empty region becomes `global`.
///
/// ```
/// use ai_cost::provider::billing::global_id;
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
    } else if let Some(name) = native_id.strip_prefix("//") {
        google(name)
    } else {
        native_id.to_owned()
    };
    let region = if region.is_empty() { "global" } else { region };
    format!("{}:{}:{}:{id}", plain(provider), plain(account), plain(region))
}

/// The first three parts of a global id may not hold its separator.
fn plain(part: &str) -> String {
    part.replace(':', "_")
}

/// The parts of `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arn<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
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

/// `compute.googleapis.com/projects/P/zones/Z/instances/N` becomes `instances/N`; other services keep their short name.
fn google(name: &str) -> String {
    let (host, path) = name.split_once('/').unwrap_or((name, ""));
    let mut parts: Vec<&str> = path.split('/').collect();
    for container in ["projects", "zones", "regions", "locations"] {
        if parts.first() == Some(&container) && parts.len() > 2 {
            parts.drain(..2);
        }
    }
    if parts.first() == Some(&"global") && parts.len() > 1 {
        parts.remove(0);
    }
    let service = host.split('.').next().unwrap_or(host);
    let path = parts.join("/");
    if service == "compute" { path } else { format!("{service}/{path}") }
}

#[cfg(test)]
mod tests {
    use super::global_id;

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
}
