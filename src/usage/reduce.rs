//! Samples to hours, in one pass.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Batch, GpuHours, ResourceHours, Run, UsageError, UsageSink,
    cell::{Cell, check_weights},
    more::More,
    order::{Arrival, LateTimes, Order, arrive},
    segment::Segment,
};
use crate::window::{Window, instant};

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
    /// Further measures of resources that are not complete yet.
    more: More,
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
            more: More::default(),
        }
    }

    /// Takes further measures of resources of the next part.
    pub(super) fn expect(&mut self, more: More) {
        self.more.file = more.file;
        self.more.rows.extend(more.rows);
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
    pub(super) fn finish(
        mut self,
        sink: &mut dyn UsageSink,
    ) -> Result<Option<LateTimes>, UsageError> {
        if self.is_open {
            self.put_back();
        }
        if self.is_undecided
            && let Order::Any(late) = self.order
        {
            return Ok(Some(late));
        }
        let mut kept = std::mem::take(&mut self.kept);
        for hours in &mut kept {
            self.more.complete(hours)?;
        }
        // What has further measures only.
        for resource_id in self.more.rows.keys().cloned().collect::<Vec<_>>() {
            if self.done.contains(&resource_id) {
                return Err(UsageError::NotSorted { file: self.more.file, row: 1, resource_id });
            }
            let mut hours = ResourceHours::new(self.window);
            hours.reset(&resource_id);
            self.more.complete(&mut hours)?;
            kept.push(hours);
        }
        kept.sort_unstable_by(|a, b| a.resource_id.cmp(&b.resource_id));
        for hours in &kept {
            sink.take(hours);
        }
        Ok(None)
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
            self.more.complete(&mut self.current)?;
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
            let segment = Segment::of(self.window, batch, run, from)?;
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
}

pub(super) fn duplicate(batch: &Batch<'_>, run: &Run, row: usize, time_ms: i64) -> UsageError {
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
