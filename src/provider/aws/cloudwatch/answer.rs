//! Answers in pages → values by hour. Pages may come twice, empty, and in any order.

use std::ops::Range;

use super::{metric::Statistic, subject::Ask};
use crate::window::{HourNumber, Window};

const SECONDS_PER_HOUR: i64 = 3_600;

/// A page of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) results: Vec<PageResult>,
    /// What the server says besides.
    pub(super) messages: Vec<String>,
}

/// Some values of one query.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct PageResult {
    /// As the request called it.
    pub(super) id: String,
    /// `Complete`, `PartialData`, `InternalError`, `Forbidden` or what comes after us.
    pub(super) status: Option<String>,
    pub(super) times_s: Vec<i64>,
    pub(super) values: Vec<f64>,
}

/// One statistic of one metric, by hour of the window. NaN: not known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    /// Position of what was asked.
    pub(super) ask: usize,
    pub(super) statistic: Statistic,
    pub(super) values: Vec<f64>,
    pub(super) state: State,
}

/// How much of a series is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Nothing, or not all.
    Unfinished,
    /// The server refuses it.
    Forbidden,
    /// All there is.
    Complete,
}

/// What was asked together, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Received<'a> {
    asks: &'a [Ask],
    window: Window,
    pub(super) series: Vec<Series>,
    /// Values that cannot be true.
    pub(super) refused_count: usize,
    pub(super) messages: Vec<String>,
}

impl<'a> Received<'a> {
    /// Nothing yet of everything that is asked.
    pub(super) fn new(asks: &'a [Ask], window: Window) -> Self {
        let empty = vec![f64::NAN; window.hour_count()];
        let of = |(position, ask): (usize, &Ask)| {
            let series = |&statistic| Series {
                ask: position,
                statistic,
                values: empty.clone(),
                state: State::Unfinished,
            };
            ask.statistics.iter().map(series).collect::<Vec<_>>()
        };
        let series = asks.iter().enumerate().flat_map(of).collect();
        Self { asks, window, series, refused_count: 0, messages: Vec::new() }
    }

    /// The name of a series in a request.
    pub(super) fn id(position: usize) -> String {
        format!("q{position}")
    }

    /// Takes a page.
    pub(super) fn take(&mut self, page: Page) {
        for result in page.results {
            let position = result.id.strip_prefix('q').and_then(|number| number.parse().ok());
            let Some(position) = position else { continue };
            let Some(series) = self.series.get_mut::<usize>(position) else { continue };
            series.state = series.state.max(match result.status.as_deref() {
                Some("Complete") => State::Complete,
                Some("Forbidden") => State::Forbidden,
                _ => State::Unfinished,
            });
            let Some(ask) = self.asks.get(series.ask) else { continue };
            for (&time_s, &value) in result.times_s.iter().zip(&result.values) {
                match accepted(ask, self.window, time_s, value) {
                    Ok(Some((hour, value))) => keep(&mut series.values, hour, value),
                    Ok(None) => {}
                    Err(Impossible) => self.refused_count += 1,
                }
            }
        }
        for message in page.messages {
            if !self.messages.contains(&message) {
                self.messages.push(message);
            }
        }
    }

    /// Positions of the series of which something is missing.
    pub(super) fn unfinished(&self) -> Vec<usize> {
        let open = self.series.iter().enumerate();
        open.filter(|(_, series)| series.state == State::Unfinished)
            .map(|(position, _)| position)
            .collect()
    }

    /// Series that the server refuses.
    pub(super) fn forbidden_count(&self) -> usize {
        self.series.iter().filter(|series| series.state == State::Forbidden).count()
    }

    /// The series of what was asked at these positions.
    pub(super) fn of_asks(&self, asks: &Range<usize>) -> &[Series] {
        let first = self.series.partition_point(|series| series.ask < asks.start);
        let end = self.series.partition_point(|series| series.ask < asks.end);
        self.series.get(first..end).unwrap_or_default()
    }

    /// The position of what a series is of.
    pub(super) fn ask_of(&self, position: usize) -> Option<usize> {
        self.series.get(position).map(|series| series.ask)
    }

    /// What was asked for a series.
    pub(super) fn query(&self, position: usize) -> Option<(&Ask, Statistic)> {
        let series = self.series.get(position)?;
        Some((self.asks.get(series.ask)?, series.statistic))
    }
}

/// A value that cannot be true.
struct Impossible;

/// A value in our unit with its hour. `None`: it is none of this resource's business.
fn accepted(
    ask: &Ask,
    window: Window,
    time_s: i64,
    value: f64,
) -> Result<Option<(usize, f64)>, Impossible> {
    if time_s.rem_euclid(SECONDS_PER_HOUR) != 0 {
        return Err(Impossible);
    }
    let mut hour: HourNumber = time_s.div_euclid(SECONDS_PER_HOUR);
    if hour != ask.period.start_hour(hour) {
        return Err(Impossible);
    }
    if hour < window.start && ask.period.start_hour(window.start) == hour {
        // The window begins inside of this period.
        hour = window.start;
    }
    let Some(index) = window.index_of(hour) else { return Ok(None) };
    if ask.is_clipped && !ask.hours.contains(&index) {
        return Ok(None);
    }
    let value = value * ask.scale;
    if !(value.is_finite() && (0.0..=ask.ceiling).contains(&value)) {
        return Err(Impossible);
    }
    Ok(Some((index, value)))
}

/// The same hour twice is the same value; if it is not, the higher one stands, whichever came first.
fn keep(values: &mut [f64], hour: usize, value: f64) {
    if let Some(known) = values.get_mut(hour) {
        *known = known.max(value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::provider::aws::cloudwatch::{
        metric::Metric,
        subject::{Field, Join, Period},
    };

    const WINDOW: Window = Window { start: 100, end: 104 };
    const BOTH: &[Statistic] = &[Statistic::Average, Statistic::Maximum];

    fn util() -> Ask {
        Ask {
            metric: Metric::known("n", "m", &[]),
            statistics: BOTH,
            period: Period::Hour,
            field: Field::GpuUtil,
            gpu_index: Some(0),
            variant: String::new(),
            rank: 0,
            join: Join::Mean,
            scale: 0.01,
            ceiling: 1.05,
            hours: 1..4,
            is_clipped: false,
            source: "cloudwatch_agent",
        }
    }

    fn result(id: &str, status: &str, values: &[(i64, f64)]) -> PageResult {
        PageResult {
            id: id.to_owned(),
            status: Some(status.to_owned()),
            times_s: values.iter().map(|(hour, _)| hour * 3_600).collect(),
            values: values.iter().map(|(_, value)| *value).collect(),
        }
    }

    fn page(results: Vec<PageResult>) -> Page {
        Page { results, messages: Vec::new() }
    }

    /// Values of the first series; −1 stands for what is not known.
    fn first(received: &Received<'_>) -> Vec<f64> {
        let value = |value: &f64| if value.is_nan() { -1.0 } else { *value };
        received.series[0].values.iter().map(value).collect()
    }

    #[test]
    fn percent_become_shares_and_what_is_absent_stays_unknown() {
        let asks = [util()];
        let mut received = Received::new(&asks, WINDOW);
        received.take(page(vec![result("q0", "Complete", &[(101, 50.0), (103, 0.0)])]));
        assert_eq!(first(&received), [-1.0, 0.5, -1.0, 0.0]);
        assert_eq!(received.unfinished(), [1], "the maximum was not in the answer");
    }

    #[test]
    fn what_cannot_be_true_is_refused_and_counted() {
        let asks = [util()];
        let mut received = Received::new(&asks, WINDOW);
        let values = [(100, f64::NAN), (101, -1.0), (102, 106.0), (103, 105.0)];
        received.take(page(vec![result("q0", "Complete", &values)]));
        let mut odd = result("q0", "Complete", &[(103, 7.0)]);
        odd.times_s[0] += 60;
        received.take(page(vec![odd]));
        assert_eq!(first(&received), [-1.0, -1.0, -1.0, 1.05]);
        assert_eq!(received.refused_count, 4);
    }

    #[test]
    fn hours_outside_of_the_window_and_of_the_life_of_a_host_name_are_nobodys() {
        let asks = [Ask { is_clipped: true, ..util() }];
        let mut received = Received::new(&asks, WINDOW);
        let values = [(99, 1.0), (100, 2.0), (101, 3.0), (104, 4.0)];
        received.take(page(vec![result("q0", "Complete", &values)]));
        assert_eq!(first(&received), [-1.0, 0.03, -1.0, -1.0]);
        assert_eq!(received.refused_count, 0);
    }

    #[test]
    fn partial_data_internal_errors_and_new_states_are_unfinished_until_complete() {
        let asks = [util()];
        let mut received = Received::new(&asks, WINDOW);
        for status in ["PartialData", "InternalError", "SomethingNew"] {
            received.take(page(vec![result("q0", status, &[]), result("q1", "Forbidden", &[])]));
        }
        assert_eq!(received.unfinished(), [0], "what is forbidden is not asked for again");
        received.take(page(vec![result("q0", "Complete", &[])]));
        assert!(received.unfinished().is_empty());
    }

    #[test]
    fn names_that_nobody_asked_for_change_nothing() {
        let asks = [util()];
        let mut received = Received::new(&asks, WINDOW);
        let strange = ["q2", "e0", "q", "q-1", "q18446744073709551616"];
        received
            .take(page(strange.iter().map(|id| result(id, "Complete", &[(101, 1.0)])).collect()));
        assert_eq!(first(&received), [-1.0; 4]);
        assert_eq!(received.unfinished(), [0, 1]);
    }

    proptest! {
        #[test]
        fn neither_the_order_of_pages_nor_their_repetition_matters(
            values in prop::collection::vec((0_usize..2, 98_i64..106, 0.0_f64..110.0), 0..40),
            order in Just((0..40_usize).collect::<Vec<_>>()).prop_shuffle(),
            again in 0_usize..40,
        ) {
            let pages: Vec<Page> = values
                .iter()
                .map(|(id, hour, value)| {
                    let id = Received::id(*id);
                    page(vec![result(&id, "Complete", &[(*hour, value.min(105.0))])])
                })
                .collect();
            let asks = [util()];
            let read = |order: &[usize]| {
                let mut received = Received::new(&asks, WINDOW);
                order.iter().filter_map(|at| pages.get(*at)).for_each(|page| received.take(page.clone()));
                format!("{:?}", received.series)
            };
            let straight: Vec<usize> = (0..40).collect();
            let mut repeated = straight.clone();
            repeated.push(again);
            prop_assert_eq!(read(&straight), read(&order));
            prop_assert_eq!(read(&straight), read(&repeated));
        }
    }
}
