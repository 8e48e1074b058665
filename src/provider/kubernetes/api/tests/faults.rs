//! What goes wrong between here and an API server.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};

use super::{
    QUICK, access, connect, estate, observed,
    server::{Asked, Lists, Reply, Server},
    wait, whats,
};
use crate::provider::{
    call::{CallError, Limits},
    contract::ProviderError,
    kubernetes::api::{Access, Api},
    progress::Progress,
};

/// The cluster of the estate, with one path that answers otherwise.
fn with(path: &'static str, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
    let lists = estate::lists();
    Server::new(move |asked| if asked.path == path { answer(asked) } else { lists.reply(asked) })
}

/// Why a server could not be reached, and what it advises.
fn unreachable(found: Result<Api, ProviderError>) -> (CallError, String) {
    match found {
        Err(ProviderError::Unreachable { source, help, .. }) => (source, help),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_list_is_a_gap_that_names_the_permission_and_the_rest_goes_on() {
    let message = r#"nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope"#;
    let server = with("/api/v1/nodes", move |_| Reply::failure(403, "Forbidden", message));
    let cluster = observed(&server);
    let gap = &cluster.gaps[0];
    assert_eq!(gap.what, "nodes of cluster prod");
    assert_eq!(gap.because, format!("list nodes was refused: status 403: {message}"));
    assert_eq!(gap.hides, "labels and ids that no metric carries: prices, spot, sharing of GPUs");
    assert_eq!(
        gap.remedy,
        "grant it: `ai-cost permissions kubernetes --format policy` prints the role to apply"
    );
    // Pods that hold accelerators are known even so.
    assert_eq!((cluster.gaps.len(), cluster.pods.len()), (1, 6));
}

#[test]
fn a_throttled_request_waits_as_long_as_it_is_asked_to_and_is_made_again() {
    let tries = AtomicUsize::new(0);
    let lists = estate::lists();
    let server = Server::new(move |asked| {
        if asked.path == "/api/v1/pods" && tries.fetch_add(1, Ordering::SeqCst) == 0 {
            let mut reply = Reply::failure(429, "TooManyRequests", "too many requests");
            reply.headers.push(("Retry-After", "1".to_owned()));
            return reply;
        }
        lists.reply(asked)
    });
    let (_dir, access) = access(&server, "");
    let (cluster, calls) = wait(async {
        let api = Api::connect(&access, QUICK).await.unwrap();
        (api.observe(&Progress::hidden().task("", 0)).await, api.calls())
    });
    assert_eq!((cluster.gaps.len(), cluster.pods.len()), (0, 6));
    let pods = calls.iter().find(|call| call.operation == "list pods").unwrap();
    assert_eq!((pods.request_count, pods.retry_count), (2, 1));
    assert!(pods.received_bytes > 4000, "{} bytes", pods.received_bytes);
}

#[test]
fn a_server_that_keeps_failing_is_a_gap() {
    let server = with("/api/v1/pods", |_| Reply::of(503, "upstream connect error"));
    let cluster = observed(&server);
    assert_eq!(whats(&cluster.gaps), ["pods of cluster prod"]);
    assert_eq!(cluster.gaps[0].because, "list pods failed: status 503: upstream connect error");
}

/// Many pods, whose second page has expired as often as `times`.
fn expiring(times: usize) -> (Server, Arc<AtomicUsize>) {
    let mut lists = estate::lists();
    let more = (0..600).map(|at| estate::pod("search", &format!("many-{at}"), "gpu-1", None));
    lists.0.get_mut("/api/v1/pods").unwrap().extend(more);
    let begun = Arc::new(AtomicUsize::new(0));
    let (expired, counter) = (AtomicUsize::new(0), Arc::clone(&begun));
    let server = Server::new(move |asked| {
        if asked.path == "/api/v1/pods" {
            if !asked.query.contains_key("continue") {
                counter.fetch_add(1, Ordering::SeqCst);
            } else if expired.fetch_add(1, Ordering::SeqCst) < times {
                return Reply::failure(
                    410,
                    "Expired",
                    "The provided continue parameter is too old",
                );
            }
        }
        lists.reply(asked)
    });
    (server, begun)
}

#[test]
fn a_list_whose_pages_expire_is_begun_once_more() {
    let (server, begun) = expiring(1);
    let cluster = observed(&server);
    assert_eq!((cluster.gaps.len(), cluster.pods.len()), (0, 606));
    assert_eq!(begun.load(Ordering::SeqCst), 2);
}

#[test]
fn a_list_whose_pages_expire_again_is_a_gap_and_not_half_a_list() {
    let (server, begun) = expiring(usize::MAX);
    let cluster = observed(&server);
    assert_eq!(cluster.pods.len(), 0);
    assert_eq!(
        cluster.gaps[0].because,
        "list pods failed: its pages expired twice before they could be read"
    );
    assert_eq!(begun.load(Ordering::SeqCst), 2);
}

#[test]
fn a_page_that_names_itself_as_the_next_one_ends_the_list() {
    let page = r#"{"kind":"PodList","metadata":{"continue":"again"},"items":[]}"#;
    let cluster = observed(&with("/api/v1/pods", move |_| Reply::of(200, page)));
    assert!(cluster.gaps[0].because.ends_with("the server names a page as its own successor"));
}

#[test]
fn what_is_no_list_is_said_to_be_none() {
    for (body, begins) in [
        ("<html><title>Log in</title>", "<html><title>Log in</title>"),
        (r#"{"error": "no such tenant"}"#, r#"{"error": "no such tenant"}"#),
        (r#"{"kind":"PodList","items":[{"metadata":{}}]}"#, r#"{"kind":"PodList""#),
    ] {
        let cluster = observed(&with("/api/v1/pods", move |_| Reply::of(200, body)));
        let because = &cluster.gaps[0].because;
        assert!(because.starts_with("the answer to list pods cannot be understood"), "{because}");
        assert!(because.contains(begins), "{because}");
    }
}

#[test]
fn a_list_that_is_null_is_empty() {
    let page =
        r#"{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":null}"#;
    let cluster = observed(&with("/api/v1/nodes", move |_| Reply::of(200, page)));
    assert_eq!((cluster.gaps.len(), cluster.nodes.len()), (0, 0));
}

#[test]
fn a_slow_list_is_a_gap_after_its_time_is_up() {
    let lists = estate::lists();
    let server = Server::new(move |asked| {
        let mut reply = lists.reply(asked);
        if asked.path == "/api/v1/pods" {
            reply.delay = Duration::from_secs(5);
        }
        reply
    });
    let limits = Limits { timeout: Duration::from_millis(200), attempt_count: 1, ..QUICK };
    let (_dir, access) = access(&server, "");
    let cluster = wait(async {
        let api = Api::connect(&access, limits).await.unwrap();
        api.observe(&Progress::hidden().task("", 0)).await
    });
    assert_eq!(cluster.gaps[0].because, "list pods had no answer within 0 s");
    assert_eq!(cluster.nodes.len(), 1);
}

#[test]
fn a_log_in_page_is_not_followed() {
    let server = Server::new(|_| {
        let mut reply = Reply::of(302, "");
        reply.headers.push(("Location", "https://login.example.com/".to_owned()));
        reply
    });
    let (error, help) = unreachable(connect(&server, QUICK));
    assert_eq!(
        error.to_string(),
        "the answer to get /version cannot be understood: status 302 sends to https://login.example.com/: a log-in page or a proxy answers instead of the API server"
    );
    assert_eq!(help, "see that the address in the kubeconfig is that of the API server itself");
}

#[test]
fn credentials_that_are_not_valid_are_an_error_with_advice() {
    let server = Server::new(|_| Reply::failure(401, "Unauthorized", "Unauthorized"));
    let (error, help) = unreachable(connect(&server, QUICK));
    assert_eq!(
        error.to_string(),
        "get /version was refused: status 401: Unauthorized; the credentials are not valid here"
    );
    assert!(help.starts_with("renew your credentials"), "{help}");
}

#[test]
fn a_version_that_is_kept_secret_hinders_nothing() {
    let server = with("/version", |_| Reply::failure(403, "Forbidden", "forbidden"));
    assert_eq!(connect(&server, QUICK).unwrap().version(), None);
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeconfig");
    let text = format!(
        "current-context: a\ncontexts: [{{name: a, context: {{cluster: a}}}}]\n\
         clusters: [{{name: a, cluster: {{server: \"http://{closed}\"}}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    let access = Access { kubeconfig: Some(path), ..Access::default() };
    let (error, _) = unreachable(wait(Api::connect(&access, QUICK)));
    let text = error.to_string();
    assert!(text.starts_with("get /version failed: "), "{text}");
    assert!(text.contains("refused"), "{text}");
}

/// A server behind a certificate of a private CA, and the CA.
fn private(lists: Lists) -> (Server, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (Server::with_tls(config, lists), ca.pem())
}

#[test]
fn a_private_ca_that_the_kubeconfig_names_is_trusted() {
    let (server, ca) = private(estate::lists());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca.pem");
    std::fs::write(&path, ca).unwrap();
    let (_dir, access) =
        access(&server, &format!(", certificate-authority: \"{}\"", path.display()));
    let api = wait(Api::connect(&access, QUICK)).unwrap();
    assert_eq!(api.version(), Some("v1.33.4"));
}

#[test]
fn a_private_ca_that_nobody_named_is_an_error_that_says_where_to_name_it() {
    let (server, _) = private(estate::lists());
    let (error, _) = unreachable(connect(&server, QUICK));
    let text = error.to_string();
    assert!(text.contains("name the CA with `certificate-authority` in the kubeconfig"), "{text}");
    assert!(!error.is_passing());
}

#[test]
fn a_certificate_for_another_name_is_an_error_that_says_so() {
    let (server, ca) = private(estate::lists());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca.pem");
    std::fs::write(&path, ca).unwrap();
    let extra = format!(
        ", certificate-authority: \"{}\", tls-server-name: other.example.com",
        path.display()
    );
    let (_dir, access) = access(&server, &extra);
    let (error, _) = unreachable(wait(Api::connect(&access, QUICK)));
    assert!(error.to_string().contains("is for another name"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_credential_plugin_that_fails_is_an_error_that_does_not_repeat_what_it_printed() {
    let server = with("/version", |_| Reply::of(200, "{}"));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeconfig");
    let address = server.address();
    let text = format!(
        "current-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: b}}}}]\n\
         clusters: [{{name: a, cluster: {{server: \"{address}\"}}}}]\n\
         users: [{{name: b, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1,\n\
           command: sh, args: [\"-c\", \"echo secret-word; exit 3\"], interactiveMode: Never}}}}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    let access = Access { kubeconfig: Some(path), ..Access::default() };
    let (error, _) = unreachable(wait(Api::connect(&access, QUICK)));
    let text = error.to_string();
    assert!(
        text.contains("the credential plugin of the kubeconfig ended with exit status: 3"),
        "{text}"
    );
    assert!(!text.contains("secret-word"), "{text}");
}
