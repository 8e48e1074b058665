//! Rows of the `usage` frame.

use std::collections::BTreeSet;

use super::columns::{Of, Values};
use crate::{
    frame::UsageRow,
    provider::aws::cloudwatch::{
        metric::Statistic,
        subject::{Ask, Field},
    },
};

impl Values<'_> {
    /// Adds a row for each accelerator and hour of which something is known, and for the machine as a whole.
    pub(in super::super) fn usage_rows(self, rows: &mut Vec<UsageRow>) {
        let of_usage = self.pairs().filter(|(ask, _)| ask.field.is_of_usage());
        let places: BTreeSet<Option<i64>> = of_usage.map(|(ask, _)| ask.gpu_index).collect();
        for gpu_index in places {
            self.rows_of(gpu_index, rows);
        }
    }

    fn rows_of(self, gpu_index: Option<i64>, rows: &mut Vec<UsageRow>) {
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
        let source = self.source(gpu_index);
        for hour in 0..self.window.hour_count() {
            let gpu_util_max_ratio = at(util_max.as_ref(), hour).map(rounded_ratio);
            let network = [&received, &sent].map(|column| at(column.as_ref(), hour));
            let row = UsageRow {
                resource_id: String::new(),
                gpu_index,
                hour_start: self.hour_start(hour),
                // A mean alone does not say whether anything was active in its hour.
                gpu_util_mean_ratio: at(util_mean.as_ref(), hour)
                    .map(rounded_ratio)
                    .filter(|_| gpu_util_max_ratio.is_some()),
                gpu_util_max_ratio,
                gpu_active_mean_ratio: None,
                gpu_active_max_ratio: None,
                gpu_mem_used_mean_gib: at(mem_mean.as_ref(), hour),
                gpu_mem_used_max_gib: at(mem_max.as_ref(), hour),
                gpu_power_mean_watts: at(power.as_ref(), hour),
                cpu_util_mean_ratio: at(cpu.as_ref(), hour).map(rounded_ratio),
                network_gib: match network {
                    [Some(received), Some(sent)] => Some(received + sent),
                    _ => None,
                },
                // An hour comes as one value; how many samples are behind it would have to be asked for.
                sample_count: 1,
                source: String::new(),
            };
            if is_known(&row) {
                let resource_id = self.subject.resource_id.to_owned();
                rows.push(UsageRow { resource_id, source: source.to_owned(), ..row });
            }
        }
    }

    /// What all accelerators of an endpoint's machines do together says nothing new in hours in which each was measured.
    fn leave_to_own(self, together: &mut Option<Vec<f64>>) {
        let Some(together) = together.as_mut().filter(|_| !self.subject.gpus.is_empty()) else {
            return;
        };
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

/// A value that is known.
fn at(column: Option<&Vec<f64>>, hour: usize) -> Option<f64> {
    column?.get(hour).copied().filter(|value| !value.is_nan())
}

/// What a sensor rounds above 1 is 1.
fn rounded_ratio(ratio: f64) -> f64 {
    ratio.min(1.0)
}

fn is_known(row: &UsageRow) -> bool {
    [
        row.gpu_util_mean_ratio,
        row.gpu_util_max_ratio,
        row.gpu_mem_used_mean_gib,
        row.gpu_mem_used_max_gib,
        row.gpu_power_mean_watts,
        row.cpu_util_mean_ratio,
        row.network_gib,
    ]
    .iter()
    .any(Option::is_some)
}
