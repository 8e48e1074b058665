//! What was read later joins what was read first: a row for each resource, accelerator and hour.

use std::{cmp::Ordering, iter::Peekable};

use crate::frame::{InstantMs, UsageRow};

/// Rows of both, those about the same hour made one. What the earlier says stands. Both are in order.
pub(in super::super) fn merged(first: Vec<UsageRow>, later: Vec<UsageRow>) -> Vec<UsageRow> {
    let mut rows = Vec::with_capacity(first.len() + later.len());
    let (mut first, mut later) = (first.into_iter().peekable(), later.into_iter().peekable());
    while let Some(row) = next(&mut first, &mut later) {
        rows.push(row);
    }
    rows
}

fn next(
    first: &mut Peekable<impl Iterator<Item = UsageRow>>,
    later: &mut Peekable<impl Iterator<Item = UsageRow>>,
) -> Option<UsageRow> {
    let order = match (first.peek(), later.peek()) {
        (Some(a), Some(b)) => key(a).cmp(&key(b)),
        (Some(_), None) => Ordering::Less,
        (None, _) => Ordering::Greater,
    };
    match order {
        Ordering::Less => first.next(),
        Ordering::Greater => later.next(),
        Ordering::Equal => first.next().zip(later.next()).map(|(first, later)| both(first, later)),
    }
}

fn key(row: &UsageRow) -> (&str, Option<i64>, InstantMs) {
    (&row.resource_id, row.gpu_index, row.hour_start)
}

fn both(first: UsageRow, later: UsageRow) -> UsageRow {
    UsageRow {
        gpu_util_mean_ratio: first.gpu_util_mean_ratio.or(later.gpu_util_mean_ratio),
        gpu_util_max_ratio: first.gpu_util_max_ratio.or(later.gpu_util_max_ratio),
        gpu_active_mean_ratio: first.gpu_active_mean_ratio.or(later.gpu_active_mean_ratio),
        gpu_active_max_ratio: first.gpu_active_max_ratio.or(later.gpu_active_max_ratio),
        gpu_mem_used_mean_gib: first.gpu_mem_used_mean_gib.or(later.gpu_mem_used_mean_gib),
        gpu_mem_used_max_gib: first.gpu_mem_used_max_gib.or(later.gpu_mem_used_max_gib),
        gpu_power_mean_watts: first.gpu_power_mean_watts.or(later.gpu_power_mean_watts),
        cpu_util_mean_ratio: first.cpu_util_mean_ratio.or(later.cpu_util_mean_ratio),
        network_gib: first.network_gib.or(later.network_gib),
        sample_count: first.sample_count.max(later.sample_count),
        ..first
    }
}
