//! What requests cost at list price, and when that would be too much.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::asks::MEAN_AND_HIGHEST;
use crate::{
    provider::aws::unsettled,
    snapshot::CallCount,
    units::{count, thousands},
};

/// List price of a metric that is asked for with `GetMetricData`, in every region; it has no free tier.
const METRIC_USD: f64 = METRIC_MICRO_USD as f64 / 1e6;

/// The same in millionths of a dollar.
pub(in super::super) const METRIC_MICRO_USD: u64 = 10;

/// List price of a request of `ListMetrics` beyond those that are free.
const LIST_USD: f64 = 0.01 / 1_000.0;

/// Requests of `ListMetrics` that are free in a month. Others may use them too, so that this is the account's best case.
const FREE_LIST_COUNT: u64 = 1_000_000;

/// Statistics of one metric in one request that AWS's price page bills as one metric: "You can request up to five
/// statistics for the same metric in a single `GetMetricData` API request. Additional statistics are billed as an additional
/// metric." (<https://aws.amazon.com/cloudwatch/pricing/>).
///
/// People who compared their bills found that each was billed (<https://github.com/prometheus/cloudwatch_exporter/pull/482>).
/// Until a bill of our own decides it, the list price follows the page, and a limit holds even if each is billed.
const STATISTICS_BILLED_TOGETHER: usize = 5;

/// What reads metrics.
pub(in super::super) const GET_METRIC_DATA: &str = "cloudwatch:GetMetricData";

/// Statistics of one metric that are asked for, at most.
const MOST_STATISTICS: usize = MEAN_AND_HIGHEST.len();

/// What requests ask for, as it is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Billed {
    /// Metrics, as AWS's price page counts them.
    pub(in super::super) metric_count: u64,
    /// Their statistics, each of which may be billed as a metric.
    pub(in super::super) statistic_count: u64,
}

impl Billed {
    /// Of one request with so many statistics of each metric.
    pub(in super::super) fn of(statistics: impl Iterator<Item = usize>) -> Self {
        statistics.fold(Self::default(), |mut all, count| {
            all.add(Self {
                metric_count: count.div_ceil(STATISTICS_BILLED_TOGETHER) as u64,
                statistic_count: count as u64,
            });
            all
        })
    }

    pub(in super::super) fn add(&mut self, other: Self) {
        self.metric_count += other.metric_count;
        self.statistic_count += other.statistic_count;
    }

    /// List price.
    pub(in super::super) fn usd(self) -> f64 {
        self.metric_count as f64 * METRIC_USD
    }

    /// What it costs if each statistic is billed.
    pub(in super::super) fn most_usd(self) -> f64 {
        self.statistic_count as f64 * METRIC_USD
    }
}

/// What was asked, what was meant to be asked, and what was not, because it would have cost too much.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in super::super) struct ApiTotals {
    /// Metrics that were planned to be asked for.
    pub(in super::super) planned: Billed,
    /// Metrics that were asked for, each as often as it was.
    pub(in super::super) asked: Billed,
    /// Requests of `ListMetrics`.
    pub(in super::super) list_count: u64,
    /// What earlier runs spent, at list price.
    pub(in super::super) before_usd: f64,
    /// The most that it may have been.
    pub(in super::super) before_most_usd: f64,
    /// Requests of other services that have a price.
    pub(in super::super) other_usd: f64,
    /// Metrics that were not asked for.
    pub(in super::super) declined: Billed,
}

impl ApiTotals {
    /// What was asked, at list price.
    pub(in super::super) fn usd(&self) -> f64 {
        self.before_usd + self.asked.usd() + self.other_than_metrics_usd()
    }

    /// The same if each statistic is billed as a metric.
    pub(in super::super) fn most_usd(&self) -> f64 {
        self.before_most_usd + self.asked.most_usd() + self.other_than_metrics_usd()
    }

    fn other_than_metrics_usd(&self) -> f64 {
        self.list_count.saturating_sub(FREE_LIST_COUNT) as f64 * LIST_USD + self.other_usd
    }
}

/// As people read it: `10,000 metrics and 12 lists of metrics: $0.1000 at list price`.
impl fmt::Display for ApiTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = count(self.asked.metric_count, "metric");
        let lists = thousands(self.list_count);
        write!(f, "{metrics} and {lists} lists of metrics: ${:.4} at list price", self.usd())
    }
}

/// Adds up what requests cost, over all accounts and regions, and says no before it is too much.
#[derive(Debug, Default)]
pub(in super::super) struct ApiCost {
    most_usd: Option<f64>,
    totals: Mutex<ApiTotals>,
}

impl ApiCost {
    /// With the most that may be spent. `None`: whatever it costs.
    pub(in super::super) fn new(most_usd: Option<f64>) -> Self {
        Self { most_usd, totals: Mutex::default() }
    }

    /// Counts what was spent before, by earlier runs on the same folder.
    pub(in super::super) fn begin_with(&self, calls: &[CallCount]) {
        let mut totals = self.lock();
        for call in calls.iter().filter(|call| call.provider == "aws") {
            let usd = call.list_micro_usd as f64 / 1e6;
            let is_of_metrics = call.operation == GET_METRIC_DATA;
            let most = if is_of_metrics { MOST_STATISTICS as f64 } else { 1.0 };
            totals.before_usd += usd;
            totals.before_most_usd += usd * most;
        }
    }

    /// Notes metrics that are going to be asked for.
    pub(in super::super) fn plan(&self, billed: Billed) {
        self.lock().planned.add(billed);
    }

    /// Whether so many metrics may be asked for. If so, they count as asked.
    pub(in super::super) fn may_ask(&self, billed: Billed) -> bool {
        self.spend(|totals| totals.asked.add(billed))
    }

    /// Whether another request of `ListMetrics` may be sent. If so, it counts as sent.
    pub(in super::super) fn may_list(&self) -> bool {
        self.spend(|totals| totals.list_count += 1)
    }

    /// Whether a request of this price may be sent to another service. If so, it counts as sent.
    pub(in super::super) fn may_spend(&self, price_usd: f64) -> bool {
        self.spend(|totals| totals.other_usd += price_usd)
    }

    /// Notes metrics that were not asked for.
    pub(in super::super) fn decline(&self, billed: Billed) {
        self.lock().declined.add(billed);
    }

    /// The most that may be spent. `None`: whatever it costs.
    pub(in super::super) fn most_usd(&self) -> Option<f64> {
        self.most_usd
    }

    /// What it comes to so far.
    pub(in super::super) fn totals(&self) -> ApiTotals {
        *self.lock()
    }

    fn spend(&self, change: impl FnOnce(&mut ApiTotals)) -> bool {
        let mut totals = self.lock();
        let mut after = *totals;
        change(&mut after);
        // A billionth of a dollar is rounding, not money.
        let is_free = after.most_usd() <= totals.most_usd();
        let is_allowed =
            is_free || self.most_usd.is_none_or(|most| after.most_usd() <= most + 1e-9);
        if is_allowed {
            *totals = after;
        } else {
            // With a higher limit, a later run may ask.
            unsettled::note();
        }
        is_allowed
    }

    /// Sums stay whole even if a task that held them panicked.
    fn lock(&self) -> MutexGuard<'_, ApiTotals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Metrics with one statistic each.
    fn metrics(count: u64) -> Billed {
        Billed { metric_count: count, statistic_count: count }
    }

    #[test]
    fn a_thousand_metrics_cost_a_cent_and_lists_are_free_up_to_a_million() {
        let cost = ApiCost::new(None);
        assert!(cost.may_ask(metrics(5_000)) && cost.may_list());
        assert!((cost.totals().usd() - 0.05).abs() < 1e-12);
        assert_eq!(
            cost.totals().to_string(),
            "5,000 metrics and 1 lists of metrics: $0.0500 at list price"
        );
        let many = ApiTotals { list_count: 1_001_000, ..ApiTotals::default() };
        assert!((many.usd() - 0.01).abs() < 1e-12);
    }

    #[test]
    fn what_would_pass_the_limit_is_refused_and_does_not_count() {
        let cost = ApiCost::new(Some(0.02));
        assert!(cost.may_ask(metrics(1_500)));
        assert!(!cost.may_ask(metrics(501)));
        assert!(cost.may_spend(0.005), "exactly the limit is allowed");
        assert!(!cost.may_ask(metrics(1)));
        assert!(cost.may_list(), "what is free is always allowed");
        assert_eq!(cost.totals().asked, metrics(1_500));
    }

    #[test]
    fn what_earlier_runs_spent_counts_towards_the_limit() {
        let call = |provider: &str, operation: &str, list_micro_usd| CallCount {
            provider: provider.to_owned(),
            operation: operation.to_owned(),
            list_micro_usd,
            ..CallCount::default()
        };
        let cost = ApiCost::new(Some(0.05));
        cost.begin_with(&[
            call("aws", "ce:GetCostAndUsage", 20_000),
            call("aws", GET_METRIC_DATA, 4_000),
            call("other", "query", 90_000),
        ]);
        assert!((cost.totals().usd() - 0.024).abs() < 1e-12);
        assert!(!cost.may_ask(metrics(2_201)), "each of two statistics may have been billed");
        assert!(cost.may_spend(0.02));
        assert!(!cost.may_spend(0.01));
        assert_eq!(cost.totals().asked, metrics(0));

        let spent = ApiCost::new(Some(0.005));
        spent.begin_with(&[call("aws", GET_METRIC_DATA, 4_000)]);
        assert!(!spent.may_ask(metrics(1)) && spent.may_list(), "what is free is still allowed");
    }

    #[test]
    fn statistics_of_a_metric_are_one_metric_at_list_price_and_each_counts_against_the_limit() {
        let billed = Billed::of([2, 1, 6].into_iter());
        assert_eq!(billed, Billed { metric_count: 4, statistic_count: 9 });
        let cost = ApiCost::new(Some(0.000_09));
        assert!(cost.may_ask(billed));
        assert!(!cost.may_ask(metrics(1)));
        assert!((cost.totals().usd() - 0.000_04).abs() < 1e-12);
    }
}
