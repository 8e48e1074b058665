//! The half that talks: metrics that exist, and their hours.

use std::ops::Range;

use aws_sdk_cloudwatch::{
    operation::get_metric_data::GetMetricDataOutput,
    types::{
        Dimension, MessageData, Metric as SdkMetric, MetricDataQuery, MetricDataResult, MetricStat,
        ScanBy,
    },
};
use aws_smithy_types::DateTime;
use futures_util::{StreamExt as _, stream};
use tokio::sync::Semaphore;

use super::{
    answer::{Page, PageResult, Received},
    cost::{ApiCost, Billed, GET_METRIC_DATA},
    metric::{Metric, Statistic},
    plan,
    subject::{Ask, Period},
};
use crate::{
    provider::{aws::seat::Seat, call::CallError},
    window::{MS_PER_HOUR, Window},
};

/// Requests of one seat under way at once.
const IN_FLIGHT: usize = 4;

/// Answers of all seats that may be in memory at once: each holds up to 100,800 values, in several forms.
static ANSWERS: Semaphore = Semaphore::const_new(12);

/// Times that what came in part is asked for.
const ROUNDS: usize = 3;

/// The metrics that were listed before an error, if there was one.
pub(super) async fn list(
    seat: &Seat,
    cost: &ApiCost,
    namespace: &str,
    name: &str,
) -> (Vec<Metric>, Option<CallError>) {
    let operation = "cloudwatch:ListMetrics";
    let client = seat.cloudwatch();
    let mut found = Vec::new();
    if !cost.may_list() {
        return (found, Some(declined(operation)));
    }
    let mut is_declined = false;
    let outcome = seat
        .pages(
            operation,
            |token| {
                client
                    .list_metrics()
                    .namespace(namespace)
                    .metric_name(name)
                    .set_next_token(token)
                    .send()
            },
            |page| {
                found.extend(page.metrics.unwrap_or_default().into_iter().filter_map(metric));
                page.next_token.filter(|_| {
                    is_declined = !cost.may_list();
                    !is_declined
                })
            },
        )
        .await;
    let error = outcome.err().or_else(|| is_declined.then(|| declined(operation)));
    (found, error)
}

/// A request that the limit of the command line forbids.
fn declined(operation: &str) -> CallError {
    CallError::Rejected {
        operation: operation.to_owned(),
        reason: "it would cost more than `--max-api-cost` allows".to_owned(),
    }
}

fn metric(listed: SdkMetric) -> Option<Metric> {
    let dimensions = listed.dimensions.unwrap_or_default();
    let dimensions =
        dimensions.into_iter().map(|dimension| Some((dimension.name?, dimension.value?)));
    Some(Metric::new(&listed.namespace?, &listed.metric_name?, dimensions.collect::<Option<_>>()?))
}

/// What came of asking.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) received: Received<'a>,
    /// Why requests failed.
    pub(super) errors: Vec<CallError>,
    /// Series that were not read to their end.
    pub(super) unread_count: usize,
}

impl Reading<'_> {
    /// Whether every series was read to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.errors.is_empty() && self.unread_count == 0 && self.received.forbidden_count() == 0
    }

    /// Whether the server does not let us ask.
    pub(super) fn is_refused(&self) -> bool {
        self.errors.iter().any(|error| matches!(error, CallError::Refused { .. }))
    }
}

/// One request.
struct Question {
    /// Positions of its series.
    positions: Vec<usize>,
    queries: Vec<MetricDataQuery>,
    billed: Billed,
    period: Period,
}

impl Question {
    fn of(received: &Received<'_>, positions: Vec<usize>) -> Self {
        let queries = positions.iter().filter_map(|position| query(received, *position)).collect();
        let billed = billed(received, &positions);
        let first = positions.first().and_then(|position| received.query(*position));
        let period = first.map_or(Period::Hour, |(ask, _)| ask.period);
        Self { positions, queries, billed, period }
    }
}

/// What came of a request.
struct Exchange {
    /// Positions of its series.
    positions: Vec<usize>,
    pages: Vec<Page>,
    error: Option<CallError>,
}

/// Reads the hours of metrics. The first request for each is paid for already.
pub(super) async fn read<'a>(
    seat: &Seat,
    cost: &ApiCost,
    asks: &'a [Ask],
    window: Window,
) -> Reading<'a> {
    let mut received = Received::new(asks, window);
    let mut errors: Vec<CallError> = Vec::new();
    let mut failed: Vec<usize> = Vec::new();
    let mut open: Vec<usize> = (0..received.series.len()).collect();
    for round in 0..ROUNDS {
        let requests = requests(&received, &open);
        if requests.is_empty() || round > 0 && !cost.may_ask(billed(&received, &open)) {
            break;
        }
        let exchanges: Vec<_> = requests
            .into_iter()
            .map(|positions| exchange(seat, cost, Question::of(&received, positions), window))
            .collect();
        let mut exchanges = stream::iter(exchanges).buffer_unordered(IN_FLIGHT);
        while let Some(exchange) = exchanges.next().await {
            exchange.pages.into_iter().for_each(|page| received.take(page));
            if let Some(error) = exchange.error {
                failed.extend(exchange.positions);
                if !errors.contains(&error) {
                    errors.push(error);
                }
            }
        }
        // A request that failed was repeated as often as it may be.
        open = received.unfinished();
        open.retain(|position| !failed.contains(position));
    }
    let unread_count = open.len();
    Reading { received, errors, unread_count }
}

/// What a request for some series is billed for.
fn billed(received: &Received<'_>, positions: &[usize]) -> Billed {
    let by_ask = positions.chunk_by(|a, b| received.ask_of(*a) == received.ask_of(*b));
    Billed::of(by_ask.map(<[usize]>::len))
}

/// Series in requests, each of one period.
fn requests(received: &Received<'_>, open: &[usize]) -> Vec<Vec<usize>> {
    let mut asks: Vec<(Vec<usize>, &Ask)> = open
        .chunk_by(|a, b| received.ask_of(*a) == received.ask_of(*b))
        .filter_map(|positions| {
            let (ask, _) = received.query(*positions.first()?)?;
            Some((positions.to_vec(), ask))
        })
        .collect();
    asks.sort_by_key(|(_, ask)| ask.period);
    let ranges: Vec<Range<usize>> = plan::requests(asks.iter().map(|(_, ask)| *ask));
    let positions = |range: Range<usize>| {
        let asks = asks.get(range).unwrap_or_default();
        asks.iter().flat_map(|(positions, _)| positions.iter().copied()).collect()
    };
    ranges.into_iter().map(positions).collect()
}

fn query(received: &Received<'_>, position: usize) -> Option<MetricDataQuery> {
    let (ask, statistic) = received.query(position)?;
    Some(
        MetricDataQuery::builder()
            .id(Received::id(position))
            .metric_stat(statistic_of(ask, statistic))
            .return_data(true)
            .build(),
    )
}

fn statistic_of(ask: &Ask, statistic: Statistic) -> MetricStat {
    let Ask { metric, period, .. } = ask;
    let dimension =
        |(name, value): &(String, String)| Dimension::builder().name(name).value(value).build();
    let metric = SdkMetric::builder()
        .namespace(&metric.namespace)
        .metric_name(&metric.name)
        .set_dimensions(Some(metric.dimensions.iter().map(dimension).collect()))
        .build();
    MetricStat::builder().metric(metric).period(period.seconds()).stat(statistic.as_str()).build()
}

async fn exchange(seat: &Seat, cost: &ApiCost, question: Question, window: Window) -> Exchange {
    let Question { positions, queries, billed, period } = question;
    // The semaphore is never closed, so that a place always comes.
    let _place = ANSWERS.acquire().await;
    let operation = GET_METRIC_DATA;
    let client = seat.cloudwatch();
    let at = |hour: i64| DateTime::from_secs(hour * MS_PER_HOUR / 1_000);
    let mut pages = Vec::new();
    let mut is_declined = false;
    let outcome = seat
        .pages(
            operation,
            |token| {
                client
                    .get_metric_data()
                    .set_metric_data_queries(Some(queries.clone()))
                    .start_time(at(period.start_hour(window.start)))
                    .end_time(at(window.end))
                    .scan_by(ScanBy::TimestampAscending)
                    .set_next_token(token)
                    .send()
            },
            |mut page: GetMetricDataOutput| {
                let next = page.next_token.take();
                pages.push(wire(page));
                // The next page is another request with the same metrics.
                next.filter(|_| {
                    is_declined = !cost.may_ask(billed);
                    !is_declined
                })
            },
        )
        .await;
    let error = outcome.err().or_else(|| is_declined.then(|| declined(operation)));
    Exchange { positions, pages, error }
}

fn wire(page: GetMetricDataOutput) -> Page {
    let mut messages: Vec<String> =
        page.messages.unwrap_or_default().into_iter().filter_map(message).collect();
    let results = page.metric_data_results.unwrap_or_default();
    let of_results = results.iter().flat_map(|result| result.messages.clone().unwrap_or_default());
    messages.extend(of_results.filter_map(message));
    Page { results: results.into_iter().map(page_result).collect(), messages }
}

fn page_result(result: MetricDataResult) -> PageResult {
    PageResult {
        id: result.id.unwrap_or_default(),
        status: result.status_code.map(|status| status.as_str().to_owned()),
        times_s: result.timestamps.unwrap_or_default().iter().map(DateTime::secs).collect(),
        values: result.values.unwrap_or_default(),
    }
}

fn message(message: MessageData) -> Option<String> {
    match (message.code, message.value) {
        (Some(code), Some(value)) => Some(format!("{code}: {value}")),
        (code, value) => code.or(value),
    }
}
