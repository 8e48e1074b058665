//! Samples to hours, in one pass.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Batch, Floats, GpuHours, Measure, ResourceHours, Run, Scale, UsageError, UsageSink,
    order::{Arrival, LateTimes, Order, arrive},
    tally::{Tally, offence},
};
use crate::window::{MS_PER_HOUR, Window, instant};

/// A ratio may exceed 1 by this much before it is an error: exporters round.
const RATIO_SLACK: f64 = 0.05;

/// Reduces batches to hours.
pub(super) struct Reducer {
    window: Window,
    order: Order,
    current: ResourceHours,
    is_open: bool,
    done: FxHashSet<String>,
    /// Resources that are kept, and where each has its place among them; the current one's is empty.
    kept: Vec<ResourceHours>,
    places: FxHashMap<String, usize>,
    place: usize,
    /// Whether samples came late of which it could not be said whether they were there already.
    is_undecided: bool,
}

impl Reducer {
    pub(super) fn new(window: Window, order: Order) -> Self {
        Self {
            window,
            order,
            current: ResourceHours::new(window),
            is_open: false,
            done: FxHashSet::default(),
            kept: Vec::new(),
            places: FxHashMap::default(),
            place: 0,
            is_undecided: false,
        }
    }

    /// Takes the next slice.
    pub(super) fn push(
        &mut self,
        batch: &Batch<'_>,
        sink: &mut dyn UsageSink,
    ) -> Result<(), UsageError> {
        let cells: Vec<Cell<'_>> = batch.measures.iter().map(Cell::of).collect();
        for run in &batch.runs {
            match self.order {
                Order::Sorted => self.open(run, batch, sink)?,
                Order::Any(_) => self.reopen(run),
            }
            self.take(batch, run, &cells)?;
        }
        Ok(())
    }

    /// Hands on what is still held. `Some`: samples came late, and everything has to be read again with this in mind.
    pub(super) fn finish(mut self, sink: &mut dyn UsageSink) -> Option<LateTimes> {
        if self.is_open {
            self.put_back();
        }
        if self.is_undecided
            && let Order::Any(late) = self.order
        {
            return Some(late);
        }
        self.kept.sort_unstable_by(|a, b| a.resource_id.cmp(&b.resource_id));
        for hours in &self.kept {
            sink.take(hours);
        }
        None
    }

    /// Puts the current resource in its place, or behind all others if nothing is kept.
    fn put_back(&mut self) {
        let current = std::mem::replace(&mut self.current, ResourceHours::new(self.window));
        match self.kept.get_mut(self.place) {
            Some(place) => *place = current,
            None => self.kept.push(current),
        }
    }

    fn open(
        &mut self,
        run: &Run,
        batch: &Batch<'_>,
        sink: &mut dyn UsageSink,
    ) -> Result<(), UsageError> {
        if self.is_open && self.current.resource_id == run.resource_id {
            return Ok(());
        }
        if self.is_open {
            sink.take(&self.current);
            self.done.insert(std::mem::take(&mut self.current.resource_id));
        }
        if self.done.contains(&run.resource_id) {
            return Err(UsageError::NotSorted {
                file: batch.file.to_owned(),
                row: batch.first_row + run.rows.start + 1,
                resource_id: run.resource_id.clone(),
            });
        }
        self.current.reset(&run.resource_id);
        self.is_open = true;
        Ok(())
    }

    fn reopen(&mut self, run: &Run) {
        if self.is_open && self.current.resource_id == run.resource_id {
            return;
        }
        if self.is_open {
            self.put_back();
        }
        self.is_open = true;
        if let Some(&place) = self.places.get(&run.resource_id) {
            self.place = place;
            if let Some(kept) = self.kept.get_mut(place) {
                std::mem::swap(&mut self.current, kept);
            }
            return;
        }
        self.place = self.kept.len();
        self.places.insert(run.resource_id.clone(), self.place);
        self.kept.push(ResourceHours::new(self.window));
        self.current.reset(&run.resource_id);
    }

    fn take(&mut self, batch: &Batch<'_>, run: &Run, cells: &[Cell<'_>]) -> Result<(), UsageError> {
        let mut from = run.rows.start;
        while from < run.rows.end {
            let segment = self.segment(batch, run, from)?;
            let position = self.current.gpu_position(segment.gpu_index);
            if let Order::Any(late) = &mut self.order
                && let Some(gpu) = self.current.gpus.get_mut(position)
            {
                if gpu.last_time_ms.is_none() {
                    gpu.memory = late.memory(&run.resource_id, segment.gpu_index);
                }
                self.is_undecided |= check_arrivals(gpu, batch, run, &segment, late)?;
            }
            check_weights(batch, run, &segment)?;
            let hours = self.window.hour_count();
            if let Some(gpu) = self.current.gpus.get_mut(position) {
                if matches!(self.order, Order::Sorted) {
                    check_times(gpu, batch, run, &segment)?;
                }
                for cell in cells {
                    cell.add(gpu, hours, batch, run, &segment)?;
                }
            }
            from = segment.end;
        }
        Ok(())
    }

    /// Rows from `from` on that belong to the same hour and accelerator and whose times rise.
    fn segment(&self, batch: &Batch<'_>, run: &Run, from: usize) -> Result<Segment, UsageError> {
        let times = batch.times_ms.as_ref();
        let first_ms = times.get(from).copied().unwrap_or_default();
        let hour = first_ms.div_euclid(MS_PER_HOUR);
        let Some(index) = self.window.index_of(hour) else {
            return Err(UsageError::OutsideWindow {
                file: batch.file.to_owned(),
                row: batch.first_row + from + 1,
                at: jiff::Timestamp::from_millisecond(first_ms).unwrap_or(jiff::Timestamp::MAX),
                start: self.window.start_at(),
                end: self.window.end_at(),
            });
        };
        let high_ms = (hour + 1) * MS_PER_HOUR;
        let mut last_ms = first_ms;
        let rising = |&&time: &&i64| {
            let rises = time > last_ms && time < high_ms;
            last_ms = time;
            rises
        };
        let rest = times.get(from + 1..run.rows.end).unwrap_or_default();
        let mut end = from + 1 + rest.iter().take_while(rising).count();
        let gpus = batch.gpu_index.as_ref();
        let gpu = gpus.get(from).copied().unwrap_or(-1);
        if !gpus.is_empty() {
            let same_gpu =
                gpus.get(from..end).unwrap_or_default().iter().take_while(|&&g| g == gpu).count();
            end = from + same_gpu.max(1);
        }
        Ok(Segment { start: from, end, hour: index, gpu_index: (gpu >= 0).then_some(gpu) })
    }
}

/// Rows of one hour and one accelerator.
#[derive(Debug)]
struct Segment {
    start: usize,
    end: usize,
    hour: usize,
    gpu_index: Option<i64>,
}

fn duplicate(batch: &Batch<'_>, run: &Run, row: usize, time_ms: i64) -> UsageError {
    UsageError::Duplicate {
        file: batch.file.to_owned(),
        row: batch.first_row + row + 1,
        resource_id: run.resource_id.clone(),
        at: jiff::Timestamp::from_millisecond(time_ms).unwrap_or_else(|_| instant(0)),
    }
}

/// Times of one accelerator rise: an equal one is a duplicate, a smaller one means that the file is not sorted.
fn check_times(
    gpu: &mut GpuHours,
    batch: &Batch<'_>,
    run: &Run,
    segment: &Segment,
) -> Result<(), UsageError> {
    // Within a segment times rise already.
    let at = |row: usize| batch.times_ms.get(row).copied().unwrap_or_default();
    let (first, last) = (at(segment.start), at(segment.end - 1));
    match gpu.last_time_ms {
        Some(before) if first == before => Err(duplicate(batch, run, segment.start, first)),
        Some(before) if first < before => Err(UsageError::NotSorted {
            file: batch.file.to_owned(),
            row: batch.first_row + segment.start + 1,
            resource_id: run.resource_id.clone(),
        }),
        _ => {
            gpu.last_time_ms = Some(last);
            Ok(())
        }
    }
}

/// The same for times in any order: true if one came late and nothing says whether it is a duplicate.
fn check_arrivals(
    gpu: &mut GpuHours,
    batch: &Batch<'_>,
    run: &Run,
    segment: &Segment,
    late: &mut LateTimes,
) -> Result<bool, UsageError> {
    let mut is_undecided = false;
    for row in segment.start..segment.end {
        let time = batch.times_ms.get(row).copied().unwrap_or_default();
        match arrive(&mut gpu.last_time_ms, gpu.memory.as_deref_mut(), time) {
            Arrival::New => {}
            Arrival::Twice => return Err(duplicate(batch, run, row, time)),
            Arrival::Late => {
                late.add(&run.resource_id, segment.gpu_index, time);
                is_undecided = true;
            }
        }
    }
    Ok(is_undecided)
}

/// A row stands for some samples or for none, never for fewer.
fn check_weights(batch: &Batch<'_>, run: &Run, segment: &Segment) -> Result<(), UsageError> {
    let weights = batch.sample_count.get(segment.start..segment.end).unwrap_or_default();
    let Some((row, &count)) = weights.iter().enumerate().find(|(_, count)| **count < 0) else {
        return Ok(());
    };
    Err(UsageError::Value {
        file: batch.file.to_owned(),
        column: "sample_count",
        row: batch.first_row + segment.start + row + 1,
        resource_id: run.resource_id.clone(),
        value: count as f64,
        expected: "a number of 0 or more is expected",
    })
}

/// A column of a batch, with what holds for all of it.
struct Cell<'a> {
    measure: Measure,
    column: &'static str,
    values: &'a Floats<'a>,
    scale: f64,
    /// Highest value that can be true.
    ceiling: f64,
    /// What is above it is it: exporters round above 1.
    cap: f64,
}

impl<'a> Cell<'a> {
    fn of(
        (measure, column, scale, values): &'a (Measure, &'static str, Scale, Floats<'a>),
    ) -> Self {
        let (ceiling, cap) = if measure.is_ratio() {
            ((1.0 + RATIO_SLACK) / scale.0, 1.0)
        } else {
            (f64::INFINITY, f64::INFINITY)
        };
        Self { measure: *measure, column, values, scale: scale.0, ceiling, cap }
    }

    fn add(
        &self,
        gpu: &mut GpuHours,
        hours: usize,
        batch: &Batch<'_>,
        run: &Run,
        segment: &Segment,
    ) -> Result<(), UsageError> {
        let rows = segment.start..segment.end;
        let weights = batch.sample_count.get(rows.clone()).unwrap_or_default();
        let tally = match self.values {
            Floats::Single(all) => Tally::of_single(all.get(rows).unwrap_or_default(), weights),
            Floats::Double(all) => {
                Tally::of(all.get(rows).unwrap_or_default().iter().copied(), weights)
            }
            Floats::Sparse(all) => Tally::of_sparse(all.get(rows).unwrap_or_default(), weights),
        };
        let Some(tally) = tally else { return Ok(()) };
        if !(tally.min >= 0.0 && tally.max <= self.ceiling && tally.sum.is_finite()) {
            return Err(self.impossible(&tally, batch, run, segment));
        }
        let mean = (tally.sum / tally.weight * self.scale).min(self.cap);
        let (sum, max) = if self.measure == Measure::Network {
            (tally.plain_sum * self.scale, tally.max * self.scale)
        } else {
            (mean * tally.weight, (tally.max * self.scale).min(self.cap))
        };
        gpu.series_mut(self.measure).add(hours, segment.hour, sum, tally.weight, max);
        Ok(())
    }

    #[cold]
    fn impossible(
        &self,
        tally: &Tally,
        batch: &Batch<'_>,
        run: &Run,
        segment: &Segment,
    ) -> UsageError {
        let found = (segment.start..segment.end)
            .find_map(|row| Some((row, offence(self.values, row, self.ceiling)?)));
        // Each may be possible and their sum too large for a number.
        let (row, value) = found.unwrap_or((segment.start, tally.max));
        UsageError::Value {
            file: batch.file.to_owned(),
            column: self.column,
            row: batch.first_row + row + 1,
            resource_id: run.resource_id.clone(),
            value,
            expected: if self.measure.is_ratio() {
                "a share from 0 to 1 (or 0 to 100 percent) is expected"
            } else {
                "a number of 0 or more is expected"
            },
        }
    }
}
