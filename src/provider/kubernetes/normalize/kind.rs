//! What kind of work a pod does, from its owner, its labels and its images.

use crate::provider::kubernetes::model::{Labels, OwnerKey, Pod, PodKey};

/// Owners that train.
const TRAINING: [&str; 9] = [
    "pytorchjob",
    "tfjob",
    "mpijob",
    "xgboostjob",
    "paddlejob",
    "jaxjob",
    "trainjob",
    "trial",
    "experiment",
];

/// Owners that work through a list.
const BATCH: [&str; 4] = ["workflow", "rayjob", "sparkapplication", "taskrun"];

/// Parts of names of images in which people try things out.
const NOTEBOOK_IMAGES: [&str; 6] =
    ["jupyter", "notebook", "jupyterlab", "rstudio", "zeppelin", "marimo"];
const DEVELOPMENT_IMAGES: [&str; 5] =
    ["code-server", "openvscode", "devcontainer", "coder", "gitpod"];

/// The owner of a pod; one that nobody owns is its own.
pub(super) fn owner(key: &PodKey, pod: &Pod) -> OwnerKey {
    pod.owner.clone().unwrap_or_else(|| OwnerKey {
        namespace: key.namespace.clone(),
        kind: "pod".to_owned(),
        name: key.name.clone(),
    })
}

/// The kind of work, in the words of the `workloads` frame.
pub(super) fn of_work(owner: &OwnerKey, labels: &Labels, images: &[String]) -> String {
    let has_image = |parts: &[&str]| {
        images.iter().any(|image| {
            let image = image.to_lowercase();
            parts.iter().any(|part| image.contains(part))
        })
    };
    let has_label = |key: &str, value: &str| labels.get(key).is_some_and(|found| found == value);
    let is_single_user = has_label("component", "singleuser-server")
        || has_label("app.kubernetes.io/component", "singleuser-server")
        || labels.contains_key("notebook-name");
    let kind = owner.kind.as_str();
    match kind {
        _ if TRAINING.contains(&kind) => "training".to_owned(),
        _ if BATCH.contains(&kind) => "batch".to_owned(),
        "job" | "cronjob" | "daemonset" | "notebook" => kind.to_owned(),
        "workspace" | "devworkspace" => "development".to_owned(),
        _ if is_single_user || has_image(&NOTEBOOK_IMAGES) => "notebook".to_owned(),
        _ if has_image(&DEVELOPMENT_IMAGES) => "development".to_owned(),
        _ => kind.to_owned(),
    }
}

/// Whether a kind of work ends by itself.
pub(super) fn is_finite(kind: &str) -> bool {
    matches!(kind, "job" | "cronjob" | "training" | "batch" | "pod")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(owner_kind: &str, labels: &[(&str, &str)], image: &str) -> String {
        let owner = OwnerKey {
            namespace: "ml".to_owned(),
            kind: owner_kind.to_owned(),
            name: "a".to_owned(),
        };
        let labels =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        of_work(&owner, &labels, &[image.to_owned()])
    }

    #[test]
    fn the_kind_of_the_owner_says_most() {
        assert_eq!(kind("deployment", &[], "vllm/vllm-openai"), "deployment");
        assert_eq!(kind("pytorchjob", &[], "pytorch/pytorch"), "training");
        assert_eq!(kind("rayjob", &[], "rayproject/ray"), "batch");
        assert_eq!(kind("job", &[], "jupyter/nbconvert"), "job");
    }

    #[test]
    fn people_are_told_by_labels_and_images() {
        assert_eq!(kind("pod", &[("component", "singleuser-server")], "x"), "notebook");
        assert_eq!(kind("statefulset", &[], "jupyter/scipy-notebook"), "notebook");
        assert_eq!(kind("deployment", &[], "codercom/code-server"), "development");
    }
}
