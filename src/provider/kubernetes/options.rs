//! Which clusters are asked, and how: the command line over the settings.

use std::{collections::BTreeMap, path::PathBuf};

use super::{Flags, api};
use crate::{
    provider::contract::ProviderError,
    settings::clusters::{self, is_cluster_name, server_url_fault},
};

/// What a cluster is called that nobody named.
const UNNAMED: &str = "default";

/// A cluster and where it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClusterOptions {
    /// Its name in ids and reports.
    pub(super) name: String,
    /// Its Prometheus-compatible server. `None`: only the API server is asked.
    pub(super) prometheus: Option<Access>,
    /// Its API server. `None`: it is not asked, because nobody said which one it is.
    pub(super) api: Option<api::Access>,
}

/// A server and how one logs in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Access {
    /// Its address.
    pub(super) url: String,
    /// File that holds a bearer token.
    pub(super) bearer_token_file: Option<PathBuf>,
    /// User, and the file that holds the password.
    pub(super) basic_auth: Option<(String, PathBuf)>,
    /// Headers to send.
    pub(super) headers: BTreeMap<String, String>,
    /// Headers whose value stands in a file.
    pub(super) header_files: BTreeMap<String, PathBuf>,
    /// Certificates of a private authority.
    pub(super) ca_file: Option<PathBuf>,
    /// Label matchers that every query carries.
    pub(super) matchers: Option<String>,
}

/// The clusters to ask, by name. Those that the command line names are all that is asked; the settings say how. A server
/// of metrics and an API server go together only if somebody said so: a current context may be of another cluster.
pub(super) fn clusters(
    flags: &Flags,
    settings: &clusters::Kubernetes,
) -> Result<Vec<ClusterOptions>, ProviderError> {
    let mut urls = BTreeMap::new();
    for word in &flags.prometheus_url {
        let (name, url) = named(word, settings);
        if let Some(fault) = server_url_fault(url) {
            return Err(input(&format!("--prometheus-url `{word}` is no address"), fault));
        }
        insert(&mut urls, name, url, "--prometheus-url")?;
    }
    let mut contexts = BTreeMap::new();
    for word in &flags.context {
        let (name, context) = named_context(word, &urls, settings);
        insert(&mut contexts, name, context, "--context")?;
    }
    let mut names: Vec<String> = urls.keys().chain(contexts.keys()).cloned().collect();
    if names.is_empty() {
        names.extend(settings.clusters.keys().cloned());
    }
    if names.is_empty() {
        names.push(UNNAMED.to_owned());
    }
    names.sort();
    names.dedup();
    let is_one = names.len() == 1;
    if flags.kubeconfig.is_some() && !is_one && contexts.is_empty() {
        let help = "add `--context CLUSTER=NAME` for each cluster";
        return Err(input("--kubeconfig does not say which of several clusters it is of", help));
    }
    let options = names.into_iter().map(|name| {
        let said = settings.clusters.get(&name).cloned().unwrap_or_default();
        let context = contexts.get(&name).cloned().or_else(|| said.context.clone());
        let prometheus = urls.get(&name).cloned().or_else(|| said.prometheus_url.clone());
        // A pod that audits one cluster is in it.
        let is_inside = is_one && flags.is_in_cluster;
        let is_named = context.is_some() || (is_one && flags.kubeconfig.is_some()) || is_inside;
        let api = (is_named || prometheus.is_none()).then(|| api::Access {
            cluster: Some(name.clone()),
            kubeconfig: flags.kubeconfig.clone(),
            context,
        });
        let prometheus = prometheus.map(|url| access(url, &said)).transpose()?;
        Ok(ClusterOptions { name, prometheus, api })
    });
    options.collect()
}

/// `[CLUSTER=]URL`. An address without a name is of the only cluster that the settings know.
fn named<'a>(word: &'a str, settings: &clusters::Kubernetes) -> (String, &'a str) {
    match word.split_once('=') {
        Some((name, url)) if is_cluster_name(name) => (name.to_owned(), url),
        _ => (only(settings.clusters.keys()).unwrap_or_else(|| UNNAMED.to_owned()), word),
    }
}

/// `[CLUSTER=]NAME`. Without a name it is of the only cluster there is, else of one that is called the same.
fn named_context<'a>(
    word: &'a str,
    urls: &BTreeMap<String, String>,
    settings: &clusters::Kubernetes,
) -> (String, &'a str) {
    match word.split_once('=') {
        Some((name, context)) if is_cluster_name(name) => (name.to_owned(), context),
        _ => {
            let of = |settings: &clusters::Kubernetes| {
                let by_context = |(name, cluster): (&String, &clusters::Cluster)| {
                    (cluster.context.as_deref() == Some(word)).then(|| name.clone())
                };
                settings.clusters.iter().find_map(by_context)
            };
            let name = only(urls.keys()).or_else(|| of(settings));
            (name.unwrap_or_else(|| short_name(word)), word)
        }
    }
}

/// A context as a name: clouds call contexts by long paths, whose last part is the cluster.
fn short_name(context: &str) -> String {
    let end = context.rsplit(['/', ':', '_']).find(|part| is_cluster_name(part));
    end.map_or_else(|| UNNAMED.to_owned(), str::to_owned)
}

fn only<'a>(mut names: impl Iterator<Item = &'a String>) -> Option<String> {
    match (names.next(), names.next()) {
        (Some(name), None) => Some(name.clone()),
        _ => None,
    }
}

fn insert(
    map: &mut BTreeMap<String, String>,
    name: String,
    value: &str,
    flag: &str,
) -> Result<(), ProviderError> {
    if map.contains_key(&name) {
        let message = format!("{flag} is given twice for the cluster `{name}`");
        return Err(input(&message, &format!("name each cluster: `{flag} CLUSTER=…`")));
    }
    map.insert(name, value.to_owned());
    Ok(())
}

fn access(url: String, said: &clusters::Cluster) -> Result<Access, ProviderError> {
    let basic_auth = match (&said.basic_auth_user, &said.basic_auth_password_file) {
        (Some(user), Some(path)) => Some((user.clone(), path.into())),
        (None, None) => None,
        _ => {
            let message = "basic authentication needs a user and the file of its password";
            return Err(input(message, "set `basic_auth_user` and `basic_auth_password_file`"));
        }
    };
    Ok(Access {
        url,
        bearer_token_file: said.bearer_token_file.as_ref().map(PathBuf::from),
        basic_auth,
        headers: said.headers.clone(),
        header_files: said
            .header_files
            .iter()
            .map(|(name, path)| (name.clone(), path.into()))
            .collect(),
        ca_file: said.ca_file.as_ref().map(PathBuf::from),
        matchers: said.matchers.clone(),
    })
}

fn input(message: &str, help: &str) -> ProviderError {
    ProviderError::Input { message: message.to_owned(), help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(urls: &[&str], contexts: &[&str]) -> Flags {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Flags { prometheus_url: owned(urls), context: owned(contexts), ..Flags::default() }
    }

    fn settings(clusters: &[(&str, clusters::Cluster)]) -> clusters::Kubernetes {
        let clusters =
            clusters.iter().map(|(name, said)| ((*name).to_owned(), said.clone())).collect();
        clusters::Kubernetes { clusters, ..clusters::Kubernetes::default() }
    }

    fn said(url: &str) -> clusters::Cluster {
        clusters::Cluster { prometheus_url: Some(url.to_owned()), ..clusters::Cluster::default() }
    }

    /// Name, address and context.
    type Short<'a> = (&'a str, Option<&'a str>, Option<Option<&'a str>>);

    fn short(options: &[ClusterOptions]) -> Vec<Short<'_>> {
        options
            .iter()
            .map(|options| {
                (
                    options.name.as_str(),
                    options.prometheus.as_ref().map(|access| access.url.as_str()),
                    options.api.as_ref().map(|api| api.context.as_deref()),
                )
            })
            .collect()
    }

    #[test]
    fn an_address_alone_is_the_default_cluster_without_an_api_server() {
        let options = clusters(&flags(&["http://127.0.0.1:9090"], &[]), &settings(&[])).unwrap();
        assert_eq!(short(&options), [("default", Some("http://127.0.0.1:9090"), None)]);
    }

    #[test]
    fn an_equals_sign_in_an_address_is_no_name() {
        let word = "http://proxy.example.com/tenant=a/prometheus";
        let options = clusters(&flags(&[word], &[]), &settings(&[])).unwrap();
        assert_eq!(short(&options), [("default", Some(word), None)]);
    }

    #[test]
    fn clusters_of_the_command_line_are_all_that_is_asked_and_settings_say_how() {
        let known = settings(&[
            (
                "prod",
                clusters::Cluster {
                    matchers: Some("cluster=\"prod\"".to_owned()),
                    ..said("https://old.example.com")
                },
            ),
            ("test", said("https://test.example.com")),
        ]);
        let options = clusters(&flags(&["prod=https://new.example.com"], &[]), &known).unwrap();
        assert_eq!(short(&options), [("prod", Some("https://new.example.com"), None)]);
        let access = options[0].prometheus.clone().unwrap();
        assert_eq!(access.matchers.as_deref(), Some("cluster=\"prod\""));
    }

    #[test]
    fn without_flags_the_settings_are_asked_and_without_both_the_current_context() {
        let known = settings(&[
            (
                "prod",
                clusters::Cluster {
                    context: Some("admin@prod".to_owned()),
                    ..said("https://a.example.com")
                },
            ),
            ("test", said("https://b.example.com")),
        ]);
        assert_eq!(
            short(&clusters(&flags(&[], &[]), &known).unwrap()),
            [
                ("prod", Some("https://a.example.com"), Some(Some("admin@prod"))),
                ("test", Some("https://b.example.com"), None)
            ]
        );
        let none = clusters(&flags(&[], &[]), &settings(&[])).unwrap();
        assert_eq!(short(&none), [("default", None, Some(None))]);
    }

    #[test]
    fn a_context_goes_with_the_only_address_or_by_its_name() {
        let options = clusters(&flags(&["http://p:9090"], &["kind-dev"]), &settings(&[])).unwrap();
        assert_eq!(short(&options), [("default", Some("http://p:9090"), Some(Some("kind-dev")))]);
        let words = (["a=http://a:9090", "b=http://b:9090"], ["b=ctx"]);
        let options = clusters(&flags(&words.0, &words.1), &settings(&[])).unwrap();
        assert_eq!(
            short(&options),
            [("a", Some("http://a:9090"), None), ("b", Some("http://b:9090"), Some(Some("ctx")))]
        );
        let arn = "arn:aws:eks:eu-west-1:123456789012:cluster/prod";
        let options = clusters(&flags(&[], &[arn]), &settings(&[])).unwrap();
        assert_eq!(short(&options), [("prod", None, Some(Some(arn)))]);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_to_do() {
        let refused = |flags: &Flags, known: &clusters::Kubernetes| match clusters(flags, known) {
            Err(ProviderError::Input { message, help }) => (message, help),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            refused(&flags(&["http://a:9090", "http://b:9090"], &[]), &settings(&[])),
            (
                "--prometheus-url is given twice for the cluster `default`".to_owned(),
                "name each cluster: `--prometheus-url CLUSTER=…`".to_owned()
            )
        );
        assert_eq!(
            refused(&flags(&["prod=prometheus:9090"], &[]), &settings(&[])),
            (
                "--prometheus-url `prod=prometheus:9090` is no address".to_owned(),
                "begin it with `https://` or `http://`".to_owned()
            )
        );
        let half =
            clusters::Cluster { basic_auth_user: Some("ada".to_owned()), ..said("http://a:9090") };
        assert_eq!(
            refused(&Flags::default(), &settings(&[("prod", half)])).1,
            "set `basic_auth_user` and `basic_auth_password_file`"
        );
    }
}
