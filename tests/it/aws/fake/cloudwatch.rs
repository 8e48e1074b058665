//! `CloudWatch`: `ListMetrics` and `GetMetricData`, with their limits.

use std::collections::BTreeSet;

use minicbor::{Encoder, data::Tag};
use serde_json::{Value, json};

use super::{
    Shared,
    answer::{Answer, Refusal},
    call::Call,
    cbor,
    metric_query::{Query, dimensions, validation},
    metrics::{HOUR, Series},
    page::{self, Page},
};

/// Metrics on a page of a list.
const METRICS_A_PAGE: usize = 500;
/// Queries in a request.
const QUERIES: usize = 500;
/// Datapoints in an answer.
const DATAPOINTS: i64 = 100_800;
/// Hours after which a metric that got nothing is not listed.
const LISTED_HOURS: i64 = 14 * 24;

pub(super) fn answer(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    match call.operation.as_str() {
        "ListMetrics" => list(shared, call),
        "GetMetricData" => data(shared, call),
        _ => Err(Refusal::unknown_operation(call)),
    }
}

fn list(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let estate = &shared.estate;
    let hours = match call.text("RecentlyActive") {
        None => LISTED_HOURS,
        Some("PT3H") => 3,
        Some(other) => {
            let message =
                format!("The value {other} for parameter RecentlyActive is not supported.");
            return Err(Refusal::new(400, "InvalidParameterValue", &message));
        }
    };
    let wanted = dimensions(&call.input);
    let now = estate.now / HOUR;
    let is_listed = |series: &&Series| {
        let has = |(name, value): &(String, String)| {
            let named = series.dimensions.iter().find(|(known, _)| known == name);
            named.is_some_and(|(_, is)| value.is_empty() || is == value)
        };
        call.text("Namespace").is_none_or(|namespace| namespace == series.namespace)
            && call.text("MetricName").is_none_or(|name| name == series.name)
            && wanted.iter().all(has)
            && (now - hours..now).rev().any(|hour| (series.hours)(hour).is_some())
    };
    let store = estate.metrics.of(&call.account, &call.region);
    let all: Vec<&Series> =
        store.into_iter().flat_map(super::metrics::Store::iter).filter(is_listed).collect();
    let page = Page::of(call, all.len(), "NextToken", METRICS_A_PAGE)?;
    let metrics: Vec<Value> = page.take(&all).iter().map(|series| described(series)).collect();
    let mut answer = json!({ "Metrics": metrics });
    if let Some(next) = page.next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Cbor(cbor::encode(&answer)))
}

fn described(series: &Series) -> Value {
    let dimensions: Vec<Value> = series
        .dimensions
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect();
    json!({ "Namespace": series.namespace, "MetricName": series.name, "Dimensions": dimensions })
}

/// What is asked for: queries, first second and first second after, and datapoints for a page.
struct Asked<'a> {
    queries: Vec<Query<'a>>,
    window: (i64, i64),
    limit: usize,
}

/// Datapoints of one query on one page.
struct Part<'a> {
    query: &'a Query<'a>,
    points: Vec<(i64, f64)>,
    is_complete: bool,
}

fn data(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let Asked { queries, window, limit } = asked(call)?;
    let question = page::fingerprint(&call.input, "NextToken");
    let (first, skipped) = position(call, question)?;
    if first == 0 && skipped == 0 {
        let asked: BTreeSet<_> =
            queries.iter().map(|query| (query.namespace, query.name, &query.dimensions)).collect();
        shared.log.add_metrics(asked.len(), queries.len());
    }
    let estate = &shared.estate;
    let store = estate.metrics.of(&call.account, &call.region);
    let is_newest_first = call.text("ScanBy") != Some("TimestampAscending");
    let (mut parts, mut room, mut next) = (Vec::new(), limit, None);
    for (index, query) in queries.iter().enumerate().skip(first) {
        if room == 0 {
            next = Some((index, 0));
            break;
        }
        let series = store
            .and_then(|store| store.get(query.namespace, query.name, query.dimensions.clone()));
        let mut points =
            series.map_or_else(Vec::new, |series| query.points(series, window, estate.now));
        if is_newest_first {
            points.reverse();
        }
        if call.has_half_data {
            points.truncate(points.len() / 2);
        }
        let from = if index == first { skipped.min(points.len()) } else { 0 };
        let to = points.len().min(from + room);
        room -= to - from;
        let is_complete = to == points.len();
        parts.push(Part { query, points: points[from..to].to_vec(), is_complete });
        if !is_complete {
            next = Some((index, to));
            break;
        }
    }
    shared.log.add_datapoints(parts.iter().map(|part| part.points.len()).sum());
    let next = next.map(|(index, skipped)| format!("{index}.{skipped}.{question:016x}"));
    Ok(Answer::Cbor(encode(&parts, next.as_deref(), call.has_half_data)))
}

/// Queries, window and datapoints for a page, if they are within the limits.
fn asked(call: &Call) -> Result<Asked<'_>, Refusal> {
    let queries = call.input.get("MetricDataQueries").and_then(Value::as_array);
    let queries = queries.map_or(&[][..], Vec::as_slice);
    if queries.is_empty() {
        return Err(validation("The parameter MetricDataQueries is required."));
    }
    if queries.len() > QUERIES {
        return Err(validation(&format!(
            "The collection MetricDataQueries must not have a size greater than {QUERIES}."
        )));
    }
    let queries: Vec<Query<'_>> = queries.iter().map(Query::read).collect::<Result<_, _>>()?;
    let ids: BTreeSet<&str> = queries.iter().map(|query| query.id).collect();
    if ids.len() < queries.len() {
        return Err(validation("The values of the parameter MetricDataQueries.Id must be unique."));
    }
    let time = |name: &str| {
        let seconds = call.input.get(name).and_then(Value::as_f64);
        let missing = || validation(&format!("The parameter {name} is required."));
        #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
        seconds.map(|seconds| seconds.floor() as i64).ok_or_else(missing)
    };
    let (start, end) = (time("StartTime")?, time("EndTime")?);
    if start >= end {
        return Err(validation("The parameter StartTime must be less than the parameter EndTime."));
    }
    let limit = call.number("MaxDatapoints").unwrap_or(DATAPOINTS);
    match usize::try_from(limit) {
        Ok(room) if (1..=DATAPOINTS).contains(&limit) => {
            Ok(Asked { queries, window: (start, end), limit: room })
        }
        _ => {
            Err(validation(&format!("The parameter MaxDatapoints must be from 1 to {DATAPOINTS}.")))
        }
    }
}

/// Where a page starts: which query, and how many of its datapoints were there before.
fn position(call: &Call, question: u64) -> Result<(usize, usize), Refusal> {
    let Some(mark) = call.text("NextToken") else { return Ok((0, 0)) };
    let mut parts = mark.split('.');
    let mut number = || parts.next()?.parse::<usize>().ok();
    let place = (number(), number());
    match (place, parts.next()) {
        ((Some(index), Some(skipped)), Some(of)) if of == format!("{question:016x}") => {
            Ok((index, skipped))
        }
        _ => Err(Refusal::new(400, "InvalidNextToken", "The parameter NextToken is not valid.")),
    }
}

fn encode(parts: &[Part<'_>], next: Option<&str>, has_half_data: bool) -> Vec<u8> {
    let size = parts.iter().map(|part| 200 + part.points.len() * 15).sum();
    let mut out = Encoder::new(Vec::with_capacity(size));
    // Nothing that is written to memory fails.
    out.map(1 + u64::from(next.is_some())).unwrap();
    out.str("MetricDataResults").unwrap().array(parts.len() as u64).unwrap();
    for part in parts {
        out.map(5 + u64::from(has_half_data)).unwrap();
        out.str("Id").unwrap().str(part.query.id).unwrap();
        out.str("Label").unwrap().str(part.query.label).unwrap();
        out.str("Timestamps").unwrap().array(part.points.len() as u64).unwrap();
        for (time, _) in &part.points {
            out.tag(Tag::new(1)).unwrap().i64(*time).unwrap();
        }
        out.str("Values").unwrap().array(part.points.len() as u64).unwrap();
        for (_, value) in &part.points {
            out.f64(*value).unwrap();
        }
        let is_complete = part.is_complete && !has_half_data;
        let status = if is_complete { "Complete" } else { "PartialData" };
        out.str("StatusCode").unwrap().str(status).unwrap();
        if has_half_data {
            let message =
                json!([{ "Code": "InternalServiceError", "Value": "Some data could not be read" }]);
            out.str("Messages").unwrap();
            cbor::write(&mut out, &message);
        }
    }
    if let Some(next) = next {
        out.str("NextToken").unwrap().str(next).unwrap();
    }
    out.into_writer()
}
