//! Rows of the `usage` frame.

use std::{borrow::Cow, collections::BTreeSet};

use super::columns::{Of, Values};
use crate::{
    frame::{UsageColumns, UsageHour, UsageOf},
    provider::aws::cloudwatch::{
        metric::Statistic,
        subject::{Ask, Field},
    },
};

impl Values<'_> {
    /// Adds a row for each accelerator and hour of which something is known, and for the machine as a whole.
    pub(in super::super) fn usage(self, into: &mut UsageColumns) {
        let of_usage = self.pairs().filter(|(ask, _)| ask.field.is_of_usage());
        let places: BTreeSet<Option<i64>> = of_usage.map(|(ask, _)| ask.gpu_index).collect();
        for gpu_index in places {
            self.usage_of(gpu_index, into);
        }
    }

    fn usage_of(self, gpu_index: Option<i64>, into: &mut UsageColumns) {
        let column =
            |field, statistic| self.column(Of { field, statistic, gpu_index, variant: None });
        let mut util_max = column(Field::GpuUtil, Statistic::Maximum);
        if gpu_index.is_none() {
            self.leave_to_own(&mut util_max);
        }
        let util_mean = column(Field::GpuUtil, Statistic::Average);
        let mem_mean = column(Field::GpuMem, Statistic::Average);
        let mem_max = column(Field::GpuMem, Statistic::Maximum);
        let power = column(Field::GpuPower, Statistic::Average);
        let cpu = column(Field::Cpu, Statistic::Average);
        let received = column(Field::NetworkIn, Statistic::Sum);
        let sent = column(Field::NetworkOut, Statistic::Sum);
        let at = |column: &Option<_>, hour| value(column.as_deref(), hour);
        let hours = (0..self.window.hour_count()).map(|hour| {
            let gpu_util_max_ratio = rounded_ratio(at(&util_max, hour));
            // A mean alone does not say whether anything was active in its hour.
            let is_told = !gpu_util_max_ratio.is_nan();
            UsageHour {
                gpu_util_mean_ratio: if is_told {
                    rounded_ratio(at(&util_mean, hour))
                } else {
                    f64::NAN
                },
                gpu_util_max_ratio,
                gpu_mem_used_mean_gib: at(&mem_mean, hour),
                gpu_mem_used_max_gib: at(&mem_max, hour),
                gpu_power_mean_watts: at(&power, hour),
                cpu_util_mean_ratio: rounded_ratio(at(&cpu, hour)),
                network_gib: at(&received, hour) + at(&sent, hour),
                ..UsageHour::unknown(self.hour_start(hour).0)
            }
        });
        let of = UsageOf {
            resource_id: self.subject.resource_id,
            gpu_index,
            source: self.source(gpu_index),
        };
        into.extend(&of, hours);
    }

    /// What all accelerators of an endpoint's machines do together says nothing new in hours in which each was measured.
    fn leave_to_own(self, together: &mut Option<Cow<'_, [f64]>>) {
        let Some(together) = together.as_mut().filter(|_| !self.subject.gpus.is_empty()) else {
            return;
        };
        let together = together.to_mut();
        let is_own = |ask: &Ask| ask.field == Field::GpuUtil && ask.gpu_index.is_some();
        for (_, series) in self.pairs().filter(|(ask, _)| is_own(ask)) {
            for (value, own) in together.iter_mut().zip(&series.values) {
                *value = if own.is_nan() { *value } else { f64::NAN };
            }
        }
    }

    fn source(self, gpu_index: Option<i64>) -> &'static str {
        let mut asks = self.pairs().map(|(ask, _)| ask).filter(|ask| ask.gpu_index == gpu_index);
        asks.next().map_or("cloudwatch", |ask| ask.source)
    }
}

/// The value of an hour. NaN: not known.
fn value(column: Option<&[f64]>, hour: usize) -> f64 {
    column.and_then(|column| column.get(hour)).copied().unwrap_or(f64::NAN)
}

/// What a sensor rounds above 1 is 1.
fn rounded_ratio(ratio: f64) -> f64 {
    if ratio > 1.0 { 1.0 } else { ratio }
}
