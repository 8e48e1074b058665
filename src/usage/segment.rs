//! Rows that are reduced together.

use super::{Batch, Run, UsageError};
use crate::window::{MS_PER_HOUR, Window};

/// Rows of one hour and one accelerator.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) hour: usize,
    pub(super) gpu_index: Option<i64>,
}

impl Segment {
    /// Rows from `from` on that belong to the same hour and accelerator and whose times rise.
    pub(super) fn of(
        window: Window,
        batch: &Batch<'_>,
        run: &Run,
        from: usize,
    ) -> Result<Self, UsageError> {
        let times = batch.times_ms.as_ref();
        let first_ms = times.get(from).copied().unwrap_or_default();
        let hour = first_ms.div_euclid(MS_PER_HOUR);
        let Some(index) = window.index_of(hour) else {
            return Err(UsageError::OutsideWindow {
                file: batch.file.to_owned(),
                row: batch.first_row + from + 1,
                at: jiff::Timestamp::from_millisecond(first_ms).unwrap_or(jiff::Timestamp::MAX),
                start: window.start_at(),
                end: window.end_at(),
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
        Ok(Self { start: from, end, hour: index, gpu_index: (gpu >= 0).then_some(gpu) })
    }
}
