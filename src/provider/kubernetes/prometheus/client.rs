//! One Prometheus-compatible server: logging in, asking, and telling its answers from other things.

use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Certificate, Client, Method, Response, Url,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde::de::DeserializeOwned;

use super::{
    answer::{self, Answered, LabelSet, QueryData, Series},
    failure::{self, Refusal},
};
use crate::{
    provider::{
        call::{Answer, CallError, Caller, Limits},
        contract::ProviderError,
        kubernetes::options::Access,
    },
    snapshot::CallCount,
    window::{HourNumber, Window},
};

/// Largest answer that is read. Requests are cut so that answers have a few mebibytes.
const LARGEST_ANSWER_BYTES: usize = 256 << 20;

/// Names are not asked for over less than this: a server that refuses a day refuses the request as such.
const SHORTEST_HOURS: i64 = 24;

/// Seconds in an hour.
const HOUR_SECONDS: i64 = 3600;

/// A server and how it is asked.
pub(in super::super) struct Server {
    http: Client,
    base: Url,
    headers: HeaderMap,
    login: Login,
    /// Label matchers that every selector carries; may be empty.
    pub(in super::super) matchers: String,
    caller: Caller,
    /// Some proxies let no other method through.
    is_get_only: AtomicBool,
    warnings: Mutex<BTreeSet<String>>,
}

/// Whom a request comes from. It cannot be printed.
enum Login {
    Nobody,
    Bearer(String),
    Basic(String, String),
}

impl Server {
    /// Reads the secrets and prepares the client. Nothing is sent.
    pub(in super::super) fn new(access: &Access, limits: Limits) -> Result<Self, ProviderError> {
        // Another part of the program may have chosen it already; it is the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let base = base(&access.url)?;
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("ai-cost/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        if let Some(path) = &access.ca_file {
            builder = builder.tls_certs_merge(certificates(path)?);
        }
        let http = builder.build().map_err(|error| ProviderError::Input {
            message: format!("no client can be made for {base}: {error}"),
            help: "check `ca_file` of the cluster's settings, and the certificates of this system"
                .to_owned(),
        })?;
        Ok(Self {
            http,
            base,
            headers: headers(access)?,
            login: login(access)?,
            matchers: access.matchers.clone().unwrap_or_default(),
            caller: Caller::new("kubernetes", limits),
            is_get_only: AtomicBool::new(false),
            warnings: Mutex::default(),
        })
    }

    /// Its address, for messages.
    pub(in super::super) fn address(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// What was asked so far.
    pub(in super::super) fn calls(&self) -> Vec<CallCount> {
        self.caller.calls()
    }

    /// Why answers may have been incomplete since this was last asked.
    pub(in super::super) fn take_warnings(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time it has, in seconds since 1970.
    pub(in super::super) async fn clock(&self) -> Result<f64, CallError> {
        let form = vec![("query", "vector(time())".to_owned())];
        // How long the answer is depends on the time; what was collected must not.
        let QueryData(series) = self
            .caller
            .call("query", || async {
                let answer = self.send(self.method(), "query", "query", &form).await?;
                Ok(Answer { received_bytes: 0, ..answer })
            })
            .await?;
        series.first().and_then(Series::last).ok_or_else(|| CallError::Malformed {
            operation: "query".to_owned(),
            reason: "it does not say what time it has".to_owned(),
        })
    }

    /// An expression at the end of an hour.
    pub(in super::super) async fn at(
        &self,
        expression: String,
        end: HourNumber,
    ) -> Result<Vec<Series>, CallError> {
        let form = vec![
            ("query", expression),
            ("time", (end * HOUR_SECONDS).to_string()),
            ("timeout", self.patience()),
        ];
        let QueryData(series) = self.ask("query", "query", form).await?;
        Ok(series)
    }

    /// An expression that looks back over one hour, for each of some hours. The time of a point is the end of its hour.
    pub(in super::super) async fn hourly(
        &self,
        expression: String,
        hours: Range<HourNumber>,
    ) -> Result<Vec<Series>, CallError> {
        let form = vec![
            ("query", expression),
            ("start", ((hours.start + 1) * HOUR_SECONDS).to_string()),
            ("end", (hours.end * HOUR_SECONDS).to_string()),
            ("step", HOUR_SECONDS.to_string()),
            ("timeout", self.patience()),
        ];
        let QueryData(series) = self.ask("query_range", "query_range", form).await?;
        Ok(series)
    }

    /// Label sets of all series that some selectors find.
    pub(in super::super) async fn series(
        &self,
        selectors: &[String],
        hours: Range<HourNumber>,
    ) -> Result<Vec<LabelSet>, CallError> {
        let mut form = span(hours);
        form.extend(selectors.iter().map(|selector| ("match[]", selector.clone())));
        self.ask("series", "series", form).await
    }

    /// Names of metrics that fit a regular expression.
    pub(in super::super) async fn metric_names(
        &self,
        pattern: &str,
        window: Window,
    ) -> Result<BTreeSet<String>, CallError> {
        self.names(("label values", "label/__name__/values"), pattern, window).await
    }

    /// Names of labels that series have whose metric fits a regular expression.
    pub(in super::super) async fn label_names(
        &self,
        pattern: &str,
        window: Window,
    ) -> Result<BTreeSet<String>, CallError> {
        self.names(("labels", "labels"), pattern, window).await
    }

    /// Names over the window. Where a server does not look at so long a time, it is asked about each half.
    async fn names(
        &self,
        (operation, path): (&'static str, &str),
        pattern: &str,
        window: Window,
    ) -> Result<BTreeSet<String>, CallError> {
        let name = format!("__name__=~{}", super::promql::quoted(pattern));
        let selector = super::promql::selector("", &[&name, &self.matchers]);
        let mut names = BTreeSet::new();
        let mut open = vec![(window.start, window.end)];
        while let Some((start, end)) = open.pop() {
            let mut form = span(start..end);
            form.push(("match[]", selector.clone()));
            // One of these requests has no other method.
            let send = || self.send::<Vec<String>>(Method::GET, operation, path, &form);
            match self.caller.call(operation, send).await {
                Ok(more) => names.extend(more),
                Err(CallError::Rejected { .. }) if end - start > SHORTEST_HOURS => {
                    let middle = i64::midpoint(start, end);
                    open.extend([(middle, end), (start, middle)]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(names)
    }

    fn method(&self) -> Method {
        if self.is_get_only.load(Ordering::Relaxed) { Method::GET } else { Method::POST }
    }

    async fn ask<T: DeserializeOwned + Default>(
        &self,
        operation: &'static str,
        path: &str,
        form: Vec<(&str, String)>,
    ) -> Result<T, CallError> {
        let method = self.method();
        let is_get = method == Method::GET;
        let outcome =
            self.caller.call(operation, || self.send(method.clone(), operation, path, &form)).await;
        match outcome {
            Err(error) if !is_get && failure::is_wrong_method(&error) => {
                self.is_get_only.store(true, Ordering::Relaxed);
                self.caller.call(operation, || self.send(Method::GET, operation, path, &form)).await
            }
            outcome => outcome,
        }
    }

    async fn send<T: DeserializeOwned + Default>(
        &self,
        method: Method,
        operation: &'static str,
        path: &str,
        form: &[(&str, String)],
    ) -> Result<Answer<T>, CallError> {
        let url = self.url(operation, path)?;
        let request = self.http.request(method.clone(), url).headers(self.headers.clone());
        let request = match &self.login {
            Login::Nobody => request,
            Login::Bearer(token) => request.bearer_auth(token),
            Login::Basic(user, password) => request.basic_auth(user, Some(password)),
        };
        let request = if method == Method::GET { request.query(form) } else { request.form(form) };
        let response =
            request.send().await.map_err(|error| failure::of_client(operation, &error))?;
        let (status, head) = (response.status(), response.headers().clone());
        let body = body(operation, response).await?;
        let text = |name| head.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let is_web_page = failure::is_web_page(text(header::CONTENT_TYPE), &body);
        if !status.is_success() {
            let seconds = text(header::RETRY_AFTER).and_then(|text| text.parse().ok());
            return Err(Refusal {
                status: status.as_u16(),
                location: text(header::LOCATION),
                retry_after: seconds.map(Duration::from_secs),
                is_web_page,
                body: &body,
            }
            .error(operation));
        }
        if is_web_page {
            return Err(failure::web_page(operation, &body));
        }
        let Answered { data, warnings } =
            answer::read(&body).map_err(|reason| CallError::Malformed {
                operation: operation.to_owned(),
                reason: failure::short(&reason),
            })?;
        let warnings = warnings.iter().map(|warning| failure::short(warning));
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(warnings);
        Ok(Answer { value: data, received_bytes: body.len() as u64 })
    }

    fn url(&self, operation: &str, path: &str) -> Result<Url, CallError> {
        self.base.join("api/v1/").and_then(|base| base.join(path)).map_err(|error| {
            CallError::Rejected { operation: operation.to_owned(), reason: error.to_string() }
        })
    }

    /// The server may stop when nobody waits any more.
    fn patience(&self) -> String {
        format!("{}s", self.caller.limits().timeout.as_secs())
    }
}

fn span(hours: Range<HourNumber>) -> Vec<(&'static str, String)> {
    vec![
        ("start", (hours.start * HOUR_SECONDS).to_string()),
        ("end", (hours.end * HOUR_SECONDS).to_string()),
    ]
}

async fn body(operation: &str, mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    loop {
        let chunk =
            response.chunk().await.map_err(|error| failure::of_client(operation, &error))?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > LARGEST_ANSWER_BYTES {
            return Err(CallError::Rejected {
                operation: operation.to_owned(),
                reason: format!("the answer is larger than {} MiB", LARGEST_ANSWER_BYTES >> 20),
            });
        }
        body.extend_from_slice(&chunk);
    }
}

/// The address with a slash at its end, without the path of the interface that people copy along.
fn base(url: &str) -> Result<Url, ProviderError> {
    let trimmed = url.trim_end_matches('/');
    let trimmed = trimmed.strip_suffix("/api/v1").unwrap_or(trimmed);
    Url::parse(&format!("{trimmed}/")).map_err(|error| ProviderError::Input {
        message: format!("`{url}` is no address: {error}"),
        help: "write it as `https://prometheus.example.com`".to_owned(),
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn headers(access: &Access) -> Result<HeaderMap, ProviderError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &access.headers {
        add(&mut headers, name, value, false)?;
    }
    for (name, path) in &access.header_files {
        add(&mut headers, name, &secret(path)?, true)?;
    }
    Ok(headers)
}

fn login(access: &Access) -> Result<Login, ProviderError> {
    Ok(match (&access.bearer_token_file, &access.basic_auth) {
        (Some(path), _) => Login::Bearer(secret(path)?),
        (None, Some((user, path))) => Login::Basic(user.clone(), secret(path)?),
        (None, None) => Login::Nobody,
    })
}

fn add(
    headers: &mut HeaderMap,
    name: &str,
    value: &str,
    is_secret: bool,
) -> Result<(), ProviderError> {
    let unfit = |what: &str| ProviderError::Input {
        message: format!("{what} `{name}` cannot be sent"),
        help: "headers and the files of secrets hold one line of plain text".to_owned(),
    };
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_unfit| unfit("the header"))?;
    let mut value =
        HeaderValue::from_str(value).map_err(|_unfit| unfit("the value of the header"))?;
    value.set_sensitive(is_secret);
    headers.insert(key, value);
    Ok(())
}

/// The content of a file of a secret, without the line break at its end.
fn secret(path: &Path) -> Result<String, ProviderError> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let text = text.trim();
    if text.is_empty() { Err(unreadable(path, "it is empty")) } else { Ok(text.to_owned()) }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, ProviderError> {
    let pem = fs::read(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).unwrap_or_default();
    if found.is_empty() {
        Err(unreadable(path, "it holds no certificate in PEM"))
    } else {
        Ok(found)
    }
}

fn unreadable(path: &Path, reason: &str) -> ProviderError {
    ProviderError::Input {
        message: format!("`{}` cannot be used: {reason}", path.display()),
        help: "the settings of the cluster name this file; correct the path or the file".to_owned(),
    }
}
