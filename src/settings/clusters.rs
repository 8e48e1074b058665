//! `[kubernetes]`: where clusters are, how one logs in there, and what their machines cost if no cloud sells them.

use std::{collections::BTreeMap, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::{
    file::{extend, set},
    scalar::{Found, Rate, Scalar, ScalarVisitor, scalars, text, text_schema},
};

/// What is decided about clusters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kubernetes {
    /// Clusters, by the name they have in reports.
    pub clusters: BTreeMap<String, Cluster>,
    /// Dollars for one accelerator and hour on machines that no catalog prices, by canonical model.
    pub gpu_usd_per_hour: BTreeMap<String, f64>,
}

/// Where one cluster is, and how one logs in. It holds names of files, never secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cluster {
    /// Its Prometheus-compatible server.
    pub prometheus_url: Option<String>,
    /// File that holds a bearer token.
    pub bearer_token_file: Option<String>,
    /// User of basic authentication.
    pub basic_auth_user: Option<String>,
    /// File that holds the password.
    pub basic_auth_password_file: Option<String>,
    /// Headers to send, such as the tenant.
    pub headers: BTreeMap<String, String>,
    /// Headers whose value is a secret: files that hold it.
    pub header_files: BTreeMap<String, String>,
    /// Certificates of a private authority, as PEM.
    pub ca_file: Option<String>,
    /// Label matchers that every query carries, without braces, for servers that hold several clusters.
    pub matchers: Option<String>,
    /// Its context in the kubeconfig.
    pub context: Option<String>,
}

/// Keys of a cluster that hold one text.
pub(super) const TEXT_KEYS: [&str; 7] = [
    "prometheus_url",
    "bearer_token_file",
    "basic_auth_user",
    "basic_auth_password_file",
    "ca_file",
    "matchers",
    "context",
];

impl Cluster {
    /// The texts that are set, by [`TEXT_KEYS`].
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [
            &self.prometheus_url,
            &self.bearer_token_file,
            &self.basic_auth_user,
            &self.basic_auth_password_file,
            &self.ca_file,
            &self.matchers,
            &self.context,
        ];
        TEXT_KEYS.into_iter().zip(values).filter_map(|(key, value)| Some((key, value.as_deref()?)))
    }
}

/// `[kubernetes]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct KubernetesFile {
    /// Clusters, by the name they have in reports.
    clusters: Option<BTreeMap<ClusterName, ClusterFile>>,
    /// Dollars for one accelerator and hour on machines that no catalog prices, by canonical model.
    gpu_usd_per_hour: Option<BTreeMap<GpuModel, Rate>>,
}

/// `[kubernetes.clusters.NAME]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct ClusterFile {
    /// Its Prometheus-compatible server.
    prometheus_url: Option<ServerUrl>,
    /// File that holds a bearer token.
    bearer_token_file: Option<FileName>,
    /// User of basic authentication.
    basic_auth_user: Option<Word>,
    /// File that holds the password of basic authentication.
    basic_auth_password_file: Option<FileName>,
    /// Headers to send, such as the tenant.
    headers: Option<BTreeMap<PlainHeader, HeaderValue>>,
    /// Headers whose value is a secret: files that hold it.
    header_files: Option<BTreeMap<AnyHeader, FileName>>,
    /// Certificates of a private authority, as PEM.
    ca_file: Option<FileName>,
    /// Label matchers that every query carries, for servers that hold several clusters.
    matchers: Option<Matchers>,
    /// Its context in the kubeconfig.
    context: Option<Word>,
}

impl KubernetesFile {
    pub(super) fn apply(self, kubernetes: &mut Kubernetes) {
        for (name, cluster) in self.clusters.unwrap_or_default() {
            cluster.apply(kubernetes.clusters.entry(name.into()).or_default());
        }
        extend(&mut kubernetes.gpu_usd_per_hour, self.gpu_usd_per_hour);
    }
}

impl ClusterFile {
    fn apply(self, cluster: &mut Cluster) {
        set_text(&mut cluster.prometheus_url, self.prometheus_url);
        set_text(&mut cluster.bearer_token_file, self.bearer_token_file);
        set_text(&mut cluster.basic_auth_user, self.basic_auth_user);
        set_text(&mut cluster.basic_auth_password_file, self.basic_auth_password_file);
        extend(&mut cluster.headers, self.headers);
        extend(&mut cluster.header_files, self.header_files);
        set_text(&mut cluster.ca_file, self.ca_file);
        set_text(&mut cluster.matchers, self.matchers);
        set_text(&mut cluster.context, self.context);
    }
}

fn set_text(decided: &mut Option<String>, written: Option<impl Into<String>>) {
    set(decided, written.map(|text| Some(text.into())));
}

scalars! {
    /// The name of a cluster.
    #[derive(Eq, Ord)]
    ClusterName(String) = "the name of a cluster, without `=`, `:` and spaces",
        found => text(found).filter(|name| is_cluster_name(name)).map(str::to_owned),
        schema json_schema!({ "type": "string", "pattern": "^[^=:/\\s]+$" });
    /// An accelerator model.
    #[derive(Eq, Ord)]
    GpuModel(String) = "an accelerator model as reports spell it, such as `H100-80GB`",
        found => text(found).filter(|name| is_word(name)).map(str::to_owned),
        schema json_schema!({ "type": "string", "pattern": "^\\S+$" });
    /// The address of a server.
    ServerUrl(String) = "the address of a server, such as `https://prometheus.example.com`",
        found => text(found).filter(|url| server_url_fault(url).is_none()).map(str::to_owned),
        help text(found).and_then(server_url_fault).map(str::to_owned),
        schema json_schema!({ "type": "string", "pattern": "^https?://[^@?#\\s]+$" });
    /// A file.
    FileName(String) = "the path of a file",
        found => text(found).filter(|path| !path.trim().is_empty()).map(str::to_owned),
        schema text_schema("The path of a file.");
    /// A word.
    Word(String) = "a text that is not empty",
        found => text(found).filter(|word| !word.trim().is_empty()).map(str::to_owned),
        schema text_schema("A name.");
    /// A header whose value may be read by everybody.
    #[derive(Eq, Ord)]
    PlainHeader(String) = "the name of a header that holds no secret, such as `X-Scope-OrgID`",
        found => text(found).filter(|name| is_header(name) && !is_secret(name)).map(str::to_owned),
        help text(found).filter(|name| is_secret(name)).map(|_secret| {
            "settings hold no secrets: write the value in a file and name that under `header_files`".to_owned()
        }),
        schema json_schema!({ "type": "string", "pattern": HEADER });
    /// A header.
    #[derive(Eq, Ord)]
    AnyHeader(String) = "the name of a header, such as `Authorization`",
        found => text(found).filter(|name| is_header(name)).map(str::to_owned),
        schema json_schema!({ "type": "string", "pattern": HEADER });
    /// The value of a header.
    HeaderValue(String) = "the value of a header: one line of text",
        found => text(found).filter(|value| !value.chars().any(char::is_control)).map(str::to_owned),
        schema text_schema("The value of a header.");
    /// Label matchers.
    Matchers(String) = "label matchers as in PromQL, such as `cluster=\"prod\"`",
        found => text(found).and_then(label_matchers),
        schema text_schema("Label matchers as in PromQL.");
}

const HEADER: &str = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

/// Words in names of headers that carry credentials.
const SECRET_WORDS: [&str; 6] = ["authorization", "cookie", "token", "key", "secret", "password"];

/// Whether a text can name a cluster: it is part of ids, and stands before `=` on the command line.
pub fn is_cluster_name(name: &str) -> bool {
    is_word(name) && !name.contains(['=', ':', '/'])
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|sign| sign.is_whitespace() || sign.is_control())
}

fn is_header(name: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&byte);
    !name.is_empty() && name.bytes().all(is_sign)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// What is wrong with the address of a server, as a sentence that says what to do. `None`: nothing.
pub fn server_url_fault(url: &str) -> Option<&'static str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else { return Some("begin it with `https://` or `http://`") };
    let host = rest.split('/').next().unwrap_or_default();
    if host.contains('@') {
        return Some(
            "leave user and password out of it: files of the cluster's settings hold them",
        );
    }
    if host.is_empty() || !is_word(rest) {
        return Some("write the name of the host after `//`");
    }
    rest.contains(['?', '#']).then_some("leave out what follows `?` or `#`")
}

/// Matchers without braces and outer spaces, if they are whole: `name="value"` with `=`, `!=`, `=~` or `!~`.
fn label_matchers(text: &str) -> Option<String> {
    let text = text.trim();
    let inside = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let mut rest = inside.trim();
    loop {
        let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_')?;
        let (name, after) = rest.split_at(end);
        if name.is_empty() || name.starts_with(|sign: char| sign.is_ascii_digit()) {
            return None;
        }
        let after = after.trim_start();
        let operator = ["=~", "!~", "!=", "="].iter().find(|sign| after.starts_with(**sign))?;
        let value = after.get(operator.len()..)?.trim_start().strip_prefix('"')?;
        rest = after_quote(value)?.trim_start();
        if rest.is_empty() {
            return Some(inside.trim().to_owned());
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

/// What follows the quotation mark that ends a text.
fn after_quote(text: &str) -> Option<&str> {
    let mut is_escaped = false;
    for (at, sign) in text.char_indices() {
        match sign {
            '"' if !is_escaped => return text.get(at + 1..),
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_taken_with_or_without_braces() {
        let cluster = Some("cluster=\"prod\"".to_owned());
        assert_eq!(label_matchers("{cluster=\"prod\"}"), cluster);
        assert_eq!(label_matchers(" cluster=\"prod\" "), cluster);
        let two = "cluster=~\"prod-.+\", tenant!=\"a\\\"b\"";
        assert_eq!(label_matchers(two), Some(two.to_owned()));
    }

    #[test]
    fn what_is_no_whole_matcher_is_refused() {
        for text in [
            "",
            "{}",
            "cluster",
            "cluster=prod",
            "cluster=\"prod",
            "{cluster=\"a\"",
            "1a=\"b\"",
            "a=\"b\",",
        ] {
            assert_eq!(label_matchers(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_holds_no_credentials() {
        assert_eq!(server_url_fault("https://prometheus.example.com/prometheus"), None);
        assert_eq!(server_url_fault("http://127.0.0.1:9090"), None);
        assert_eq!(
            server_url_fault("https://ada:pw@prometheus.example.com"),
            Some("leave user and password out of it: files of the cluster's settings hold them")
        );
        assert_eq!(
            server_url_fault("prometheus:9090"),
            Some("begin it with `https://` or `http://`")
        );
        assert_eq!(server_url_fault("https://"), Some("write the name of the host after `//`"));
    }
}
