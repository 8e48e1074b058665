//! What requests cost at list price, and when that would be too much.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

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

/// Statistics of one metric in one request that are billed as one metric.
///
/// AWS's price page says five ("You can request up to five statistics for the same metric in a single `GetMetricData` API
/// request. Additional statistics are billed as an additional metric."). People who compared their bills found that each
/// was billed (<https://github.com/prometheus/cloudwatch_exporter/pull/482>). Until a bill of our own decides it, each
/// counts, so that what is shown is never too little. Statistics of a metric go into one request either way.
const STATISTICS_BILLED_TOGETHER: usize = 1;

/// Metrics that a request with so many statistics of each is billed for.
pub(in super::super) fn billed_metric_count(statistics: impl Iterator<Item = usize>) -> u64 {
    statistics.map(|count| count.div_ceil(STATISTICS_BILLED_TOGETHER) as u64).sum()
}

/// List price of so many metrics.
pub(in super::super) fn metrics_usd(metric_count: u64) -> f64 {
    metric_count as f64 * METRIC_USD
}

/// What was asked, what was meant to be asked, and what was not, because it would have cost too much.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in super::super) struct ApiTotals {
    /// Metrics that were planned to be asked for.
    pub(in super::super) planned_metric_count: u64,
    /// Metrics that were asked for, each as often as it was.
    pub(in super::super) metric_count: u64,
    /// Requests of `ListMetrics`.
    pub(in super::super) list_count: u64,
    /// What earlier runs spent.
    pub(in super::super) before_usd: f64,
    /// Requests of other services that have a price.
    pub(in super::super) other_usd: f64,
    /// Metrics that were not asked for.
    pub(in super::super) declined_metric_count: u64,
}

impl ApiTotals {
    /// What was asked, at list price.
    pub(in super::super) fn usd(&self) -> f64 {
        let listed = self.list_count.saturating_sub(FREE_LIST_COUNT) as f64 * LIST_USD;
        self.before_usd + metrics_usd(self.metric_count) + listed + self.other_usd
    }
}

/// As people read it: `10,000 metrics and 12 lists of metrics: $0.1000 at list price`.
impl fmt::Display for ApiTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = count(self.metric_count, "metric");
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
        let spent = calls.iter().filter(|call| call.provider == "aws");
        let micro_usd: u64 = spent.map(|call| call.list_micro_usd).sum();
        self.lock().before_usd += micro_usd as f64 / 1e6;
    }

    /// Notes metrics that are going to be asked for.
    pub(in super::super) fn plan(&self, metric_count: u64) {
        self.lock().planned_metric_count += metric_count;
    }

    /// Whether so many metrics may be asked for. If so, they count as asked.
    pub(in super::super) fn may_ask(&self, metric_count: u64) -> bool {
        self.spend(|totals| totals.metric_count += metric_count)
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
    pub(in super::super) fn decline(&self, metric_count: u64) {
        self.lock().declined_metric_count += metric_count;
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
        let is_allowed = self.most_usd.is_none_or(|most| after.usd() <= most + 1e-9);
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

    #[test]
    fn a_thousand_metrics_cost_a_cent_and_lists_are_free_up_to_a_million() {
        let cost = ApiCost::new(None);
        assert!(cost.may_ask(5_000) && cost.may_list());
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
        assert!(cost.may_ask(1_500));
        assert!(!cost.may_ask(501));
        assert!(cost.may_spend(0.005), "exactly the limit is allowed");
        assert!(!cost.may_ask(1));
        assert!(cost.may_list(), "what is free is always allowed");
        assert_eq!(cost.totals().metric_count, 1_500);
    }

    #[test]
    fn what_earlier_runs_spent_counts_towards_the_limit() {
        let call = |provider: &str, list_micro_usd| CallCount {
            provider: provider.to_owned(),
            operation: "ce:GetCostAndUsage".to_owned(),
            list_micro_usd,
            ..CallCount::default()
        };
        let cost = ApiCost::new(Some(0.05));
        cost.begin_with(&[call("aws", 20_000), call("aws", 20_000), call("other", 90_000)]);
        assert!(!cost.may_ask(1_001));
        assert!(cost.may_spend(0.01));
        assert!(!cost.may_spend(0.01));
        assert_eq!(cost.totals().metric_count, 0);
    }

    #[test]
    fn each_statistic_of_a_metric_counts() {
        assert_eq!(billed_metric_count([2, 1, 2].into_iter()), 5);
    }
}
