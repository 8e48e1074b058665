//! `docs/permissions.md`: what providers ask for, and what stays hidden without it.

use super::page::{Page, cell, code};
use crate::provider::{aws, kubernetes, permission::Permission};

/// The page.
pub fn permissions_page() -> String {
    let mut page = Page::new("Permissions");
    page.prose(
        "Everything that a provider may ask for. It only reads; a test holds every entry to that, and another that nothing is \
         asked for beyond this list. `ai-cost doctor` says which of it you have, and a report names as a gap what was refused.",
    );
    page.heading("AWS");
    page.prose(
        "Operations that list, describe and get, named as IAM names them. A service without its permission is a gap that says \
         what it hides; the rest is read. Accounts besides that of the credentials are read under a role, which asks for \
         `sts:AssumeRole` on it: [AWS](aws.md) shows both.",
    );
    page.table(
        &["Of", "What", "How", "Feeds", "Hidden without it"],
        aws::PERMISSIONS.iter().map(row),
    );
    page.prose("The same as a policy, as `ai-cost permissions aws --format policy` prints it.");
    page.verbatim("json", &aws::policy());
    page.heading("Kubernetes");
    page.prose(
        "Prometheus is asked with range queries. The API server is asked for lists, and for a kind only where pods on machines \
         with accelerators lead to it. What is not installed in a cluster does no harm in the role.",
    );
    page.table(
        &["Of", "What", "How", "Feeds", "Hidden without it"],
        kubernetes::PERMISSIONS.iter().map(row),
    );
    page.prose(
        "The same as a role with an account, as `ai-cost permissions kubernetes --format policy` prints it. \
         [Kubernetes](kubernetes.md) shows how to use it.",
    );
    page.verbatim("yaml", &kubernetes::cluster_role());
    page.into_text()
}

fn row(permission: &Permission) -> Vec<String> {
    let Permission { group, resource, verbs, feeds, hides, is_optional } = permission;
    let group = if group.is_empty() { "the core".to_owned() } else { code(group) };
    let hides = if *is_optional { cell(hides) } else { format!("{} (needed)", cell(hides)) };
    vec![group, code(resource), verbs.join(", "), cell(feeds), hides]
}
