//! Rows of the `invocations` frame.

use std::borrow::Cow;

use super::columns::{Of, Values, higher};
use crate::{
    frame::InvocationRow,
    provider::aws::{
        cloudwatch::{
            metric::Statistic,
            subject::{Field, life},
        },
        observed::{Metered, MetricSource},
    },
};

/// A GPU above this is at work, whoever asked it to.
const ACTIVE_RATIO: f64 = 0.05;

/// What an hour without a count of requests means. Counts are only sent when a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    /// Not known.
    Unknown,
    /// No requests, if the machines were measured in that hour and did nothing.
    NoneWhereQuiet,
    /// No requests, if it is known under which name they go: there are some in another hour, or what is listed was read.
    NoneOnceNamed,
}

/// What serves requests.
struct Serving<'a> {
    metered: &'a Metered,
    variant: &'a str,
    silence: Silence,
    /// Replicas in every hour. `None`: they change, or are not known.
    replica_count: Option<f64>,
}

impl<'a> Serving<'a> {
    fn of(metered: &'a Metered) -> Option<Self> {
        match &metered.source {
            MetricSource::Variant {
                variant_name,
                replica_count,
                is_fixed,
                is_serverless,
                is_shadow,
                ..
            } => Some(Self {
                metered,
                variant: variant_name,
                // Nobody counts the copies that a shadow gets, and nobody waits for its answers.
                silence: if *is_serverless || *is_shadow {
                    Silence::Unknown
                } else {
                    Silence::NoneWhereQuiet
                },
                replica_count: replica_count.filter(|_| *is_fixed),
            }),
            MetricSource::Throughput { .. } => Some(Self {
                metered,
                variant: "",
                silence: Silence::NoneOnceNamed,
                replica_count: None,
            }),
            _ => None,
        }
    }
}

/// The columns of one variant.
struct Columns {
    requests: Option<Vec<f64>>,
    per_instance: Option<Vec<f64>>,
    per_copy: Option<Vec<f64>>,
    backlog: Option<Vec<f64>>,
    util_max: Option<Vec<f64>>,
    cpu: Option<Vec<f64>>,
    presence: Option<Vec<f64>>,
    latency: Option<Vec<f64>>,
    client_errors: Option<Vec<f64>>,
    server_errors: Option<Vec<f64>>,
    input_tokens: Option<Vec<f64>>,
    output_tokens: Option<Vec<f64>>,
}

impl Values<'_> {
    /// Adds a row for each variant and hour of which something is known.
    pub(in super::super) fn invocation_rows(self, rows: &mut Vec<InvocationRow>) {
        for serving in self.subject.metered.iter().filter_map(|metered| Serving::of(metered)) {
            self.rows_of_variant(&serving, rows);
        }
    }

    fn rows_of_variant(self, serving: &Serving<'_>, rows: &mut Vec<InvocationRow>) {
        let columns = self.columns_of(serving.variant);
        let counts = [Field::Requests, Field::RequestsPerCopy, Field::Answers, Field::Backlog];
        let is_complete = counts.iter().all(|field| self.is_complete(*field, serving.variant));
        let silence = if is_complete { serving.silence } else { Silence::Unknown };
        let is_ever_seen = columns.requests.iter().flatten().any(|count| *count > 0.0);
        let is_named = is_ever_seen || self.subject.model_ids.is_some();
        // How much a unit carries is nowhere published, so that only one share of it can be told: none.
        let is_never_used = silence == Silence::NoneOnceNamed && is_named && !is_ever_seen;
        let life = life(serving.metered, self.window);
        for hour in 0..self.window.hour_count() {
            let get = |column: &Option<Vec<f64>>| at(column.as_ref(), hour);
            let requests = get(&columns.requests).or_else(|| {
                let is_none = match silence {
                    Silence::Unknown => false,
                    Silence::NoneWhereQuiet => columns.is_quiet(hour),
                    Silence::NoneOnceNamed => is_named && life.contains(&hour),
                };
                is_none.then_some(0.0)
            });
            let was_there = requests.is_some() || columns.is_measured(hour);
            let told = requests.zip(get(&columns.per_instance).filter(|each| *each > 0.0));
            let row = InvocationRow {
                resource_id: self.subject.resource_id.to_owned(),
                model: "default".to_owned(),
                variant: Some(serving.variant.to_owned()).filter(|name| !name.is_empty()),
                hour_start: self.hour_start(hour),
                request_count: requests.map(whole),
                error_count: get(&columns.client_errors)
                    .zip(get(&columns.server_errors))
                    .map(|(client, server)| whole(client + server)),
                input_token_count: get(&columns.input_tokens).map(whole),
                output_token_count: get(&columns.output_tokens).map(whole),
                latency_p95_ms: get(&columns.latency),
                replica_mean_count: serving
                    .replica_count
                    .filter(|_| was_there)
                    .or_else(|| told.map(|(all, each)| all / each)),
                throughput_util_ratio: (is_never_used && requests.is_some()).then_some(0.0),
                ..InvocationRow::default()
            };
            if row.request_count.is_some() || row.replica_mean_count.is_some() {
                rows.push(row);
            }
        }
    }

    fn columns_of(self, variant: &str) -> Columns {
        let column = |field, statistic| {
            let of = Of { field, statistic, gpu_index: None, variant: Some(variant) };
            self.column(of)
        };
        let counted = column(Field::Requests, Statistic::Sum);
        let answered = column(Field::Answers, Statistic::SampleCount);
        let column = |field, statistic| column(field, statistic).map(Cow::into_owned);
        let sum = |field| column(field, Statistic::Sum);
        Columns {
            requests: higher(counted, answered).map(Cow::into_owned),
            per_instance: sum(Field::RequestsPerInstance),
            per_copy: sum(Field::RequestsPerCopy),
            backlog: column(Field::Backlog, Statistic::Maximum),
            util_max: self.busiest(variant).map(Cow::into_owned),
            cpu: column(Field::Cpu, Statistic::Average),
            presence: column(Field::Presence, Statistic::Average),
            latency: column(Field::Latency, Statistic::P95),
            client_errors: sum(Field::ClientErrors),
            server_errors: sum(Field::ServerErrors),
            input_tokens: sum(Field::InputTokens),
            output_tokens: sum(Field::OutputTokens),
        }
    }
}

impl Columns {
    /// Whether the machines of the variant were measured in an hour.
    fn is_measured(&self, hour: usize) -> bool {
        let signs = [&self.util_max, &self.cpu, &self.presence];
        signs.into_iter().any(|column| at(column.as_ref(), hour).is_some())
    }

    /// Whether the machines or the queue before them were measured, and nothing says that somebody used them.
    fn is_quiet(&self, hour: usize) -> bool {
        let is_active = at(self.util_max.as_ref(), hour).is_some_and(|ratio| ratio > ACTIVE_RATIO);
        let waiting = at(self.backlog.as_ref(), hour);
        let asked = [at(self.per_copy.as_ref(), hour), waiting];
        let is_asked = asked.into_iter().flatten().any(|count| count > 0.0);
        (self.is_measured(hour) || waiting.is_some()) && !is_active && !is_asked
    }
}

fn at(column: Option<&Vec<f64>>, hour: usize) -> Option<f64> {
    column?.get(hour).copied().filter(|value| !value.is_nan())
}

/// A count that came as a float.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a count of an hour, which was accepted as finite and not negative"
)]
fn whole(count: f64) -> i64 {
    count.round() as i64
}
