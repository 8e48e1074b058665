//! Values of a column into hours.

use super::{
    Batch, Floats, GpuHours, Measure, Run, Scale, UsageError,
    reduce::duplicate,
    segment::Segment,
    tally::{Tally, offence},
};

/// A ratio may exceed 1 by this much before it is an error: exporters round.
const RATIO_SLACK: f64 = 0.05;

/// A row stands for some samples or for none, never for fewer.
pub(super) fn check_weights(
    batch: &Batch<'_>,
    run: &Run,
    segment: &Segment,
) -> Result<(), UsageError> {
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
pub(super) struct Cell<'a> {
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
    pub(super) fn of(
        (measure, column, scale, values): &'a (Measure, &'static str, Scale, Floats<'a>),
    ) -> Self {
        let (ceiling, cap) = if measure.is_ratio() {
            ((1.0 + RATIO_SLACK) / scale.0, 1.0)
        } else {
            (f64::INFINITY, f64::INFINITY)
        };
        Self { measure: *measure, column, values, scale: scale.0, ceiling, cap }
    }

    pub(super) fn add(
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

    /// Refuses rows about what is known already: a mean of both would count one of them twice.
    pub(super) fn refuse_known(
        &self,
        gpu: &GpuHours,
        batch: &Batch<'_>,
        run: &Run,
        segment: &Segment,
    ) -> Result<(), UsageError> {
        let is_known = gpu.series(self.measure).mean(segment.hour).is_some();
        let is_told = || match self.values {
            Floats::Sparse(all) => all.get(segment.start).is_some_and(|value| !value.is_nan()),
            Floats::Single(_) | Floats::Double(_) => true,
        };
        if !(is_known && is_told()) {
            return Ok(());
        }
        let time_ms = batch.times_ms.get(segment.start).copied().unwrap_or_default();
        Err(duplicate(batch, run, segment.start, time_ms))
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
