//! How a cluster is reached: a kubeconfig, or the account of the pod that this runs in.

use std::path::{Path, PathBuf};

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};

use crate::provider::{contract::ProviderError, kubernetes::api::failure};

/// Where a pod finds the token of its service account.
const POD_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// Which cluster, and with whose credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Access {
    /// What the cluster is called in reports. `None`: as its context is.
    pub(in super::super) cluster: Option<String>,
    /// The kubeconfig. `None`: `KUBECONFIG`, then the one in the home folder, then the pod's own account.
    pub(in super::super) kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig. `None`: the current one.
    pub(in super::super) context: Option<String>,
}

/// A client that is ready, and the name of its cluster.
pub(super) struct Reached {
    pub(super) cluster: String,
    pub(super) server: String,
    pub(super) client: Client,
}

impl Access {
    /// Whether this runs in a pod that has an account of its own.
    pub(in super::super) fn is_in_cluster() -> bool {
        Path::new(POD_TOKEN).exists()
    }

    /// Reads the configuration. No request is made.
    pub(super) async fn client(&self) -> Result<Reached, ProviderError> {
        // Another part of the program may have chosen it already; it is the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let (context, mut config) = self.config().await?;
        // Repetitions are counted and bounded by the caller.
        config.default_retry = false;
        let server = config.cluster_url.to_string();
        let client = Client::try_from(config).map_err(|error| ProviderError::Unreachable {
            what: format!("the API server {server}"),
            help: "correct the cluster's entry in the kubeconfig".to_owned(),
            source: failure::of_client("the connection", &error),
        })?;
        let cluster = self.cluster.clone().unwrap_or(context);
        Ok(Reached { cluster, server, client })
    }

    /// The configuration, and what the cluster is called in it.
    async fn config(&self) -> Result<(String, Config), ProviderError> {
        let is_named = self.kubeconfig.is_some() || self.context.is_some();
        match self.kubeconfig() {
            Ok(kubeconfig) => self.of_kubeconfig(kubeconfig).await,
            Err(error) if is_named || !is_absent(&error) => Err(self.unusable(&error)),
            Err(_) if Self::is_in_cluster() => {
                let config = Config::incluster().map_err(|error| ProviderError::Input {
                    message: format!("the pod's service account cannot be used: {error}"),
                    help: "mount its token (`automountServiceAccountToken: true`), or name a --kubeconfig"
                        .to_owned(),
                })?;
                Ok(("in-cluster".to_owned(), config))
            }
            Err(_) => Err(ProviderError::Input {
                message: "no cluster is known: there is no kubeconfig, and this is no pod of a cluster"
                    .to_owned(),
                help: "name a --kubeconfig, set KUBECONFIG, or leave the API server out with --prometheus-url alone"
                    .to_owned(),
            }),
        }
    }

    fn kubeconfig(&self) -> Result<Kubeconfig, KubeconfigError> {
        match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        }
    }

    async fn of_kubeconfig(
        &self,
        kubeconfig: Kubeconfig,
    ) -> Result<(String, Config), ProviderError> {
        let context = self.context.clone().or_else(|| kubeconfig.current_context.clone());
        let known: Vec<String> =
            kubeconfig.contexts.iter().map(|context| context.name.clone()).collect();
        let options =
            KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
        match Config::from_custom_kubeconfig(kubeconfig, &options).await {
            Ok(config) => Ok((cluster_name(context.as_deref().unwrap_or_default()), config)),
            Err(error) => Err(self.unusable_context(&error, &known)),
        }
    }

    fn place(&self) -> String {
        self.kubeconfig
            .as_deref()
            .map_or_else(|| "the kubeconfig".to_owned(), |path| path.display().to_string())
    }

    fn unusable(&self, error: &KubeconfigError) -> ProviderError {
        ProviderError::Input {
            message: format!("{} cannot be read: {}", self.place(), said(error)),
            help: "name another with --kubeconfig; `kubectl config view` shows what is in one"
                .to_owned(),
        }
    }

    fn unusable_context(&self, error: &KubeconfigError, known: &[String]) -> ProviderError {
        let place = self.place();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let (message, help) = match error {
            KubeconfigError::CurrentContextNotSet => (
                format!("{place} has no current context"),
                format!("choose one with --context; there are: {known}"),
            ),
            KubeconfigError::LoadContext(name) => (
                format!("{place} has no context `{name}`"),
                format!("choose another with --context; there are: {known}"),
            ),
            other => (
                format!("{place} cannot be used: {}", said(other)),
                "correct the entry; `kubectl config view` shows it".to_owned(),
            ),
        };
        ProviderError::Input { message, help }
    }
}

/// Whether there is just no kubeconfig, which is no mistake.
fn is_absent(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(source, _) => source.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// An error on one line. What cannot be parsed is not repeated: a kubeconfig holds credentials.
fn said(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(_) => "it is not a kubeconfig in YAML".to_owned(),
        KubeconfigError::ReadConfig(source, _) => source.to_string(),
        other => failure::short(&other.to_string()),
    }
}

/// A name for ids out of a context's: of `arn:aws:eks:eu-west-1:111122223333:cluster/prod` it is `prod`.
fn cluster_name(context: &str) -> String {
    let last = context.rsplit('/').next().unwrap_or(context);
    let name = last.replace(':', "-");
    if name.is_empty() { "cluster".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
current-context: arn:aws:eks:eu-west-1:111122223333:cluster/prod
contexts:
- name: arn:aws:eks:eu-west-1:111122223333:cluster/prod
  context: {cluster: one, user: one}
- name: research
  context: {cluster: two, user: one}
clusters:
- name: one
  cluster: {server: "https://one.example.com:6443"}
- name: two
  cluster: {server: "http://two.example.com:8080"}
users:
- name: one
  user: {token: secret-word}
"#;

    fn reach(access: &Access) -> Result<Reached, ProviderError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(access.client())
    }

    fn kubeconfig(text: &str, context: Option<&str>) -> (tempfile::TempDir, Access) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kubeconfig");
        std::fs::write(&path, text).unwrap();
        let context = context.map(str::to_owned);
        (dir, Access { cluster: None, kubeconfig: Some(path), context })
    }

    fn refused(text: &str, context: Option<&str>) -> (String, String) {
        let (dir, access) = kubeconfig(text, context);
        let Err(ProviderError::Input { message, help }) = reach(&access) else {
            panic!("it was accepted")
        };
        (message.replace(&format!("{}/", dir.path().display()), ""), help)
    }

    #[test]
    fn the_current_context_is_taken_and_names_the_cluster() {
        let (_dir, access) = kubeconfig(KUBECONFIG, None);
        let reached = reach(&access).unwrap();
        let found = (reached.cluster.as_str(), reached.server.as_str());
        assert_eq!(found, ("prod", "https://one.example.com:6443/"));
    }

    #[test]
    fn another_context_and_a_name_of_ones_own_can_be_chosen() {
        let (_dir, mut access) = kubeconfig(KUBECONFIG, Some("research"));
        access.cluster = Some("lab".to_owned());
        let reached = reach(&access).unwrap();
        let found = (reached.cluster.as_str(), reached.server.as_str());
        assert_eq!(found, ("lab", "http://two.example.com:8080/"));
    }

    #[test]
    fn a_context_that_is_not_there_is_named_with_those_that_are() {
        let (message, help) = refused(KUBECONFIG, Some("prodd"));
        assert_eq!(message, "kubeconfig has no context `prodd`");
        assert_eq!(
            help,
            "choose another with --context; there are: arn:aws:eks:eu-west-1:111122223333:cluster/prod, research"
        );
    }

    #[test]
    fn a_broken_kubeconfig_is_not_repeated_because_it_holds_credentials() {
        let (message, _) = refused("users: [ {token: secret-word", None);
        assert_eq!(message, "kubeconfig cannot be read: it is not a kubeconfig in YAML");
    }

    #[test]
    fn a_kubeconfig_that_was_named_must_be_there() {
        let kubeconfig = Some(PathBuf::from("nowhere/kubeconfig"));
        let access = Access { kubeconfig, ..Access::default() };
        let Err(ProviderError::Input { message, .. }) = reach(&access) else {
            panic!("it was accepted")
        };
        assert!(
            message.starts_with("nowhere/kubeconfig cannot be read: No such file"),
            "{message}"
        );
    }
}
