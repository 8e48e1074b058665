//! The order of samples: when each resource's times rise, nothing has to be remembered to know that none comes twice.

use std::cmp::Ordering;

use rustc_hash::{FxHashMap, FxHashSet};

/// How the rows arrive.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Order {
    /// By resource: a resource is handed on as soon as the next one begins.
    Sorted,
    /// In any order: every resource is kept until the end. With what an earlier reading has learnt about late samples.
    Any(LateTimes),
}

/// Where samples come after later ones of their accelerator: from the earliest to the latest of them, by resource and
/// accelerator (-1: the whole machine).
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LateTimes {
    spans: FxHashMap<String, FxHashMap<i64, (i64, i64)>>,
}

impl LateTimes {
    pub(super) fn add(&mut self, resource_id: &str, gpu_index: Option<i64>, time_ms: i64) {
        let of_resource = match self.spans.get_mut(resource_id) {
            Some(known) => known,
            None => self.spans.entry(resource_id.to_owned()).or_default(),
        };
        let (from, to) = of_resource.entry(gpu_index.unwrap_or(-1)).or_insert((time_ms, time_ms));
        *from = time_ms.min(*from);
        *to = time_ms.max(*to);
    }

    /// What has to be remembered of an accelerator. `None`: nothing.
    pub(super) fn memory(&self, resource_id: &str, gpu_index: Option<i64>) -> Option<Box<Memory>> {
        let &span = self.spans.get(resource_id)?.get(&gpu_index.unwrap_or(-1))?;
        Some(Box::new(Memory { span, times_ms: FxHashSet::default() }))
    }
}

/// The samples of one accelerator in the time in which some come late.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Memory {
    span: (i64, i64),
    times_ms: FxHashSet<i64>,
}

/// What a sample's time says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is new.
    New,
    /// It was there already.
    Twice,
    /// It is earlier than another one before it, and whether it was there already is not remembered.
    Late,
}

/// Judges the time of an accelerator's next sample, and remembers what is needed to judge those to come.
pub(super) fn arrive(
    last_ms: &mut Option<i64>,
    memory: Option<&mut Memory>,
    time_ms: i64,
) -> Arrival {
    let order = last_ms.map_or(Ordering::Greater, |last| time_ms.cmp(&last));
    if order == Ordering::Greater {
        *last_ms = Some(time_ms);
    }
    let memory = memory.filter(|memory| (memory.span.0..=memory.span.1).contains(&time_ms));
    let is_known = memory.map(|memory| !memory.times_ms.insert(time_ms));
    match (order, is_known) {
        (Ordering::Equal, _) | (_, Some(true)) => Arrival::Twice,
        (Ordering::Less, None) => Arrival::Late,
        (Ordering::Greater, None) | (_, Some(false)) => Arrival::New,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Batch, Floats, Measure, ResourceHours, Run, Scale, UsageSink, reduce::Reducer},
        *,
    };
    use crate::window::{MS_PER_HOUR, Window};

    const START: i64 = 497_448;

    /// Times that are remembered, and mean of the first hour, of every resource.
    #[derive(Default)]
    struct Seen(Vec<(usize, Option<f64>)>);

    impl UsageSink for Seen {
        fn take(&mut self, hours: &ResourceHours) {
            let memories = hours.gpus.iter().filter_map(|gpu| gpu.memory.as_ref());
            let count = memories.map(|memory| memory.times_ms.len()).sum();
            self.0.push((count, hours.gpus[0].series(Measure::GpuUtil).mean(0)));
        }
        fn restart(&mut self) {}
    }

    /// Reads samples of 50 % of two machines, which take turns, at these minutes.
    fn read(minutes: &[i64], order: Order) -> (Seen, Option<LateTimes>) {
        let minutes = minutes.iter().flat_map(|&minute| [minute, minute]);
        let times_ms: Vec<i64> =
            minutes.map(|minute| START * MS_PER_HOUR + minute * 60_000).collect();
        let runs = (0..times_ms.len())
            .map(|row| Run { resource_id: ["a", "b"][row % 2].to_owned(), rows: row..row + 1 });
        let values = vec![0.5; times_ms.len()];
        let measure =
            (Measure::GpuUtil, "gpu_util_ratio", Scale(1.0), Floats::Double(values.as_slice()));
        let batch = Batch {
            file: "m.parquet",
            first_row: 0,
            runs: runs.collect(),
            times_ms: times_ms.as_slice().into(),
            gpu_index: [].as_slice().into(),
            sample_count: [].as_slice().into(),
            measures: vec![measure],
        };
        let mut reducer = Reducer::new(Window { start: START, end: START + 100 }, order);
        let mut seen = Seen::default();
        reducer.push(&batch, &mut seen).unwrap();
        let late = reducer.finish(&mut seen).unwrap();
        (seen, late)
    }

    #[test]
    fn nothing_is_remembered_of_samples_that_come_in_the_order_of_time() {
        let minutes: Vec<i64> = (0..5_000).collect();
        let (seen, late) = read(&minutes, Order::Any(LateTimes::default()));
        assert_eq!(late, None);
        assert_eq!(seen.0, [(0, Some(0.5)), (0, Some(0.5))]);
    }

    #[test]
    fn where_samples_come_late_only_their_time_is_remembered() {
        let mut minutes: Vec<i64> = (0..5_000).filter(|minute| *minute != 30).collect();
        minutes.push(30);
        let (seen, late) = read(&minutes, Order::Any(LateTimes::default()));
        assert!(seen.0.is_empty(), "nothing is handed on before it is known what came twice");

        let (seen, late) = read(&minutes, Order::Any(late.unwrap()));

        assert_eq!(late, None);
        assert_eq!(seen.0, [(1, Some(0.5)), (1, Some(0.5))]);
    }
}
