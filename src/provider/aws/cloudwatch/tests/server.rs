//! A server in this process that answers as `CloudWatch` does, limits included.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{Region, SdkConfig, retry::RetryConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;

use super::cbor::Cbor;
use crate::provider::{
    aws::{
        cloudwatch::{metric::Metric, plan},
        seat::{Registry, Seat},
    },
    call::Limits,
};

/// The hours of a metric, as hour number and value, for each statistic.
pub(super) type Hours = BTreeMap<&'static str, Vec<(i64, f64)>>;

/// Metrics, and what goes wrong.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) metrics: BTreeMap<Metric, Hours>,
    /// Values in a page, at most.
    pub(super) page_values: Option<usize>,
    /// Requests of `GetMetricData` that are answered before one is refused.
    pub(super) refused_after: Option<usize>,
    /// Metrics that come in part, and how often.
    pub(super) partial: BTreeMap<String, usize>,
    pub(super) log: Log,
}

/// What was asked.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) lists: Vec<String>,
    /// Queries of each request of `GetMetricData`.
    pub(super) requests: Vec<Vec<String>>,
}

impl Log {
    pub(super) fn query_count(&self) -> usize {
        self.requests.iter().map(Vec::len).sum()
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Server(pub(super) Arc<Mutex<Store>>);

impl Server {
    pub(super) fn log(&self) -> Log {
        self.0.lock().unwrap().log.clone()
    }

    pub(super) fn forget(&self) {
        self.0.lock().unwrap().log = Log::default();
    }

    /// Sends a metric: the same values for both statistics of use, and for sums.
    pub(super) fn send(&self, metric: &Metric, hours: &[(i64, f64)]) {
        let each = ["Average", "Maximum", "Sum"].map(|statistic| (statistic, hours.to_vec()));
        self.0.lock().unwrap().metrics.insert(metric.clone(), each.into());
    }

    /// One account in one region that asks this server.
    pub(super) fn seat(&self) -> Seat {
        let connector = SharedHttpConnector::new(self.clone());
        let credentials = Credentials::new("id", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .retry_config(RetryConfig::disabled())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let limits = Limits {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(2),
            attempt_count: 2,
            ..Limits::default()
        };
        Seat::new(&config, "111122223333", "eu-west-1", limits, &Registry::default())
    }
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = Cbor::decode(&mut request.body().bytes().unwrap());
        let operation = request.uri().rsplit('/').next().unwrap().to_owned();
        let (status, answer) = self.0.lock().unwrap().answer(&operation, &body);
        let mut bytes = Vec::new();
        answer.encode(&mut bytes);
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(bytes));
        response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
        response.headers_mut().insert("content-type", "application/cbor");
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl Store {
    fn answer(&mut self, operation: &str, body: &Cbor) -> (u16, Cbor) {
        match operation {
            "ListMetrics" => (200, self.list(body)),
            "GetMetricData" => self.data(body),
            other => panic!("{other} was asked"),
        }
    }

    fn list(&mut self, body: &Cbor) -> Cbor {
        let (namespace, name) = (body.str("Namespace"), body.str("MetricName"));
        self.log.lists.push(format!("{namespace} {name}"));
        let of = |metric: &&Metric| metric.namespace == namespace && metric.name == name;
        let all: Vec<&Metric> = self.metrics.keys().filter(of).collect();
        let from: usize = body.str("NextToken").parse().unwrap_or(0);
        let page = all.iter().skip(from).take(500).map(|metric| wire(metric)).collect();
        let mut answer = vec![("Metrics", Cbor::Array(page))];
        if from + 500 < all.len() {
            answer.push(("NextToken", Cbor::Text((from + 500).to_string())));
        }
        Cbor::map(answer)
    }

    fn data(&mut self, body: &Cbor) -> (u16, Cbor) {
        let queries = body.items("MetricDataQueries");
        assert!(queries.len() <= plan::QUERIES, "{} queries", queries.len());
        let spelled = |query: &Cbor| {
            let statistic = query.get("MetricStat").unwrap();
            let Some(Cbor::Int(period_s)) = statistic.get("Period") else { panic!("no period") };
            let metric = read(statistic.get("Metric").unwrap());
            (query.str("Id"), metric, statistic.str("Stat"), period_s / 3_600)
        };
        let queries: Vec<(String, Metric, String, i64)> = queries.iter().map(spelled).collect();
        if self.refused_after.is_some_and(|count| self.log.requests.len() >= count) {
            let text = "arn:aws:iam::111122223333:user/x may not";
            let error = [("__type", Cbor::text("AccessDenied")), ("message", Cbor::text(text))];
            return (403, Cbor::map(error));
        }
        let named = |(_, metric, statistic, _): &(String, Metric, String, i64)| {
            let values: Vec<&str> =
                metric.dimensions.iter().map(|(_, value)| value.as_str()).collect();
            format!("{} [{}] {statistic}", metric.name, values.join(" "))
        };
        self.log.requests.push(queries.iter().map(named).collect());
        let (Some(Cbor::Time(start)), Some(Cbor::Time(end))) =
            (body.get("StartTime"), body.get("EndTime"))
        else {
            panic!("no window");
        };
        let inside = |(hour, _): &&(i64, f64)| {
            let at = *hour as f64 * 3_600.0;
            at >= *start && at < *end
        };
        let from: usize = body.str("NextToken").parse().unwrap_or(0);
        let (mut seen, mut results) = (0, Vec::new());
        let most = self.page_values.unwrap_or(plan::VALUES);
        for (id, metric, statistic, period_hours) in &queries {
            let hours = self.metrics.get(metric).and_then(|hours| hours.get(statistic.as_str()));
            let hours: Vec<(i64, f64)> =
                hours.into_iter().flatten().filter(inside).copied().collect();
            let hours = highest(&hours, *period_hours);
            let first = from.saturating_sub(seen).min(hours.len());
            let end = (from + most).saturating_sub(seen).min(hours.len());
            seen += hours.len();
            let is_last = end == hours.len();
            let is_partial = is_last && self.is_partial(&metric.name);
            let status = if is_last && !is_partial { "Complete" } else { "PartialData" };
            if first < end || from == 0 && hours.is_empty() {
                let hours = if is_partial { &[] } else { &hours[first..end] };
                results.push(result(id, status, hours));
            }
        }
        let mut answer = vec![("MetricDataResults", Cbor::Array(results))];
        if from + most < seen {
            answer.push(("NextToken", Cbor::Text((from + most).to_string())));
        }
        (200, Cbor::map(answer))
    }

    fn is_partial(&mut self, name: &str) -> bool {
        let Some(left) = self.partial.get_mut(name).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }
}

/// The highest value of each period, at its start.
fn highest(hours: &[(i64, f64)], period_hours: i64) -> Vec<(i64, f64)> {
    let start = |hour: i64| hour.div_euclid(period_hours) * period_hours;
    let by_period = hours.chunk_by(|a, b| start(a.0) == start(b.0));
    by_period
        .map(|hours| {
            let values = hours.iter().map(|(_, value)| *value);
            (start(hours[0].0), values.fold(f64::NEG_INFINITY, f64::max))
        })
        .collect()
}

fn result(id: &str, status: &str, hours: &[(i64, f64)]) -> Cbor {
    let times = hours.iter().map(|(hour, _)| Cbor::Time(*hour as f64 * 3_600.0)).collect();
    let values = hours.iter().map(|(_, value)| Cbor::Float(*value)).collect();
    Cbor::map([
        ("Id", Cbor::text(id)),
        ("Label", Cbor::text("a label")),
        ("StatusCode", Cbor::text(status)),
        ("Timestamps", Cbor::Array(times)),
        ("Values", Cbor::Array(values)),
    ])
}

fn wire(metric: &Metric) -> Cbor {
    let dimension = |(name, value): &(String, String)| {
        Cbor::map([("Name", Cbor::text(name)), ("Value", Cbor::text(value))])
    };
    Cbor::map([
        ("Namespace", Cbor::text(&metric.namespace)),
        ("MetricName", Cbor::text(&metric.name)),
        ("Dimensions", Cbor::Array(metric.dimensions.iter().map(dimension).collect())),
    ])
}

fn read(metric: &Cbor) -> Metric {
    let dimensions = metric.items("Dimensions").iter();
    let dimensions = dimensions.map(|each| (each.str("Name"), each.str("Value"))).collect();
    Metric::new(&metric.str("Namespace"), &metric.str("MetricName"), dimensions)
}
