//! How much is asked at once: within the limits of a request, and within what fits into memory.

use std::ops::Range;

use super::subject::{Ask, Period};

/// Queries that a request may hold.
pub(super) const QUERIES: usize = 500;
/// Values that an answer may hold.
pub(super) const VALUES: usize = 100_800;
/// Requests whose answers are held at once: what is written as one part.
const REQUESTS: usize = 4;

/// The metrics of some resources in requests, in their order. The statistics of a metric stay together: they are billed
/// together.
pub(super) fn requests<'a>(asks: impl Iterator<Item = &'a Ask>) -> Vec<Range<usize>> {
    let mut filling = Filling::default();
    filling.add_all(asks);
    filling.requests
}

/// Sets of metrics that stand side by side, such as those of shards, as few of them together as fill the requests of a
/// shard: their positions. None is cut.
pub(super) fn joined<'a>(sets: impl Iterator<Item = Vec<&'a Ask>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    let mut asks: Vec<&Ask> = Vec::new();
    for (position, set) in sets.enumerate() {
        let mut together = asks.clone();
        together.extend(set.iter().copied());
        together.sort_by_key(|ask| ask.period);
        match joined.last_mut() {
            Some(last) if requests(together.iter().copied()).len() <= REQUESTS => {
                last.end = position + 1;
                asks = together;
            }
            _ => {
                joined.push(position..position + 1);
                asks = set;
            }
        }
    }
    joined
}

/// Resources, each with its metrics, in shards: their positions. Whoever needs no metric is in no shard of its own.
pub(super) fn shards<'a, I>(subjects: impl Iterator<Item = I>) -> Vec<Range<usize>>
where
    I: IntoIterator<Item = &'a Ask>,
{
    let mut shards: Vec<Range<usize>> = Vec::new();
    let mut filling = Filling::default();
    for (position, asks) in subjects.enumerate() {
        let mut filled = filling.clone();
        let asks: Vec<&Ask> = asks.into_iter().collect();
        filled.add_all(asks.iter().copied());
        match shards.last_mut() {
            Some(last) if filled.requests.len() <= REQUESTS => {
                last.end = position + 1;
                filling = filled;
            }
            _ => {
                shards.push(position..position + 1);
                filling = Filling::default();
                filling.add_all(asks.into_iter());
            }
        }
    }
    shards
}

/// Requests that are being filled one after the other.
#[derive(Debug, Clone, Default)]
struct Filling {
    /// Positions of the metrics of each.
    requests: Vec<Range<usize>>,
    count: usize,
    queries: usize,
    values: usize,
    /// All that a request asks for has one period.
    period: Option<Period>,
}

impl Filling {
    fn add_all<'a>(&mut self, asks: impl Iterator<Item = &'a Ask>) {
        for ask in asks {
            self.add(ask);
        }
    }

    fn add(&mut self, ask: &Ask) {
        let queries = ask.statistics.len();
        let values = queries * ask.value_count();
        let fits = self.queries + queries <= QUERIES
            && self.values + values <= VALUES
            && self.period == Some(ask.period);
        match self.requests.last_mut() {
            Some(last) if fits => {
                last.end += 1;
                self.queries += queries;
                self.values += values;
            }
            _ => {
                self.requests.push(self.count..self.count + 1);
                (self.queries, self.values, self.period) = (queries, values, Some(ask.period));
            }
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::provider::aws::cloudwatch::{
        metric::{Metric, Statistic},
        subject::{Field, Join},
    };

    const BOTH: &[Statistic] = &[Statistic::Average, Statistic::Maximum];

    fn ask(statistics: &'static [Statistic], hours: usize) -> Ask {
        Ask {
            metric: Metric::known("n", "m", &[]),
            statistics,
            period: Period::Hour,
            field: Field::GpuUtil,
            gpu_index: Some(0),
            variant: String::new(),
            rank: 0,
            join: Join::Mean,
            scale: 1.0,
            ceiling: 1.0,
            hours: 0..hours,
            is_clipped: false,
            source: "cloudwatch",
        }
    }

    #[test]
    fn seventy_gpus_with_mean_and_maximum_of_thirty_days_fill_a_request() {
        let gpus = vec![ask(BOTH, 720); 141];
        assert_eq!(requests(gpus.iter()), [0..70, 70..140, 140..141]);
    }

    #[test]
    fn short_lives_are_limited_by_the_number_of_queries() {
        let jobs = vec![ask(BOTH, 3); 251];
        assert_eq!(requests(jobs.iter()), [0..250, 250..251]);
    }

    #[test]
    fn five_thousand_gpus_take_72_requests() {
        let gpus: Vec<[Ask; 1]> = (0..5_000).map(|_| [ask(BOTH, 720)]).collect();
        let shards = shards(gpus.iter());
        let count: usize =
            shards.iter().map(|shard| requests(gpus[shard.clone()].iter().flatten()).len()).sum();
        assert_eq!((shards.len(), count), (18, 72));
    }

    #[test]
    fn a_resource_larger_than_a_shard_stands_alone() {
        let large = vec![ask(BOTH, 720); 400];
        let small = vec![ask(BOTH, 720)];
        let subjects = [small.clone(), large, small];
        assert_eq!(shards(subjects.iter()), [0..1, 1..2, 2..3]);
    }

    fn some_asks() -> impl Strategy<Value = Vec<Vec<Ask>>> {
        let lone: &'static [Statistic] = &[Statistic::Sum];
        let one = (prop_oneof![Just(BOTH), Just(lone)], 1_usize..10_000)
            .prop_map(|(statistics, hours)| ask(statistics, hours));
        prop::collection::vec(prop::collection::vec(one, 0..40), 0..60)
    }

    proptest! {
        #[test]
        fn no_request_passes_a_limit_and_every_metric_is_asked_for_exactly_once(subjects in some_asks()) {
            let mut next_subject = 0;
            for shard in shards(subjects.iter()) {
                prop_assert_eq!(shard.start, next_subject);
                next_subject = shard.end;
                let asks: Vec<&Ask> = subjects[shard.clone()].iter().flatten().collect();
                let requests = requests(asks.iter().copied());
                prop_assert!(requests.len() <= REQUESTS || shard.len() == 1);
                let mut next = 0;
                for request in requests {
                    prop_assert_eq!(request.start, next);
                    next = request.end;
                    let asks = &asks[request];
                    let queries: usize = asks.iter().map(|ask| ask.statistics.len()).sum();
                    let values: usize =
                        asks.iter().map(|ask| ask.statistics.len() * ask.hours.len()).sum();
                    prop_assert!(queries <= QUERIES && values <= VALUES);
                }
                prop_assert_eq!(next, asks.len());
            }
            prop_assert_eq!(next_subject, subjects.len());
        }
    }
}
