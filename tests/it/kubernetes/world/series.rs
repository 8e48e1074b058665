//! The made cluster as Prometheus would hold it.

mod dcgm;
mod engine;
mod state;

use super::{HOUR, START, World};
use crate::kubernetes::openmetrics::History;

/// Which of its two spellings the exporter's series have for the pod that holds an accelerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `exported_pod`: the scrape has labels of its own by those names.
    Exported,
    /// `pod`.
    Plain,
}

/// Seconds between samples of accelerators, and of what the cluster says of itself. Real ones are denser; here one falls into
/// the last five minutes of every hour, which is how far a server looks back for a value.
const DCGM_STEP: i64 = 1200;
const STATE_STEP: i64 = 3600;
/// Around the first and the last sample of a series, and around the end of the window, its samples are as dense as a server
/// with its default settings needs to see whether it is there.
const EDGE_STEP: i64 = 240;
const EDGE: i64 = 40 * 60;

/// History begins a day before the window.
const FROM: i64 = -24 * HOUR;
/// And goes on for two hours after it.
const TO: i64 = (super::HOURS + 2) * HOUR;

/// Writes all series.
pub(crate) fn write(world: &World, spelling: Spelling, history: &mut History) {
    dcgm::write(world, spelling, history);
    state::write(world, history);
    engine::write(world, history);
}

/// Times of samples in `[from, to)`, seconds from the start of the window: every `step`, `phase` after the full ones.
fn times(from: i64, to: i64, step: i64, phase: i64) -> impl Iterator<Item = i64> {
    let from = from.max(FROM);
    let first = (from - phase).div_euclid(step) * step + phase;
    let first = if first < from { first + step } else { first };
    (0..).map(move |index| first + index * step).take_while(move |at| *at < to.min(TO))
}

/// The same value at all moments at which the state of the cluster is sampled.
fn constant((from, to): (i64, i64), phase: i64, value: f64) -> impl Iterator<Item = (i64, f64)> {
    let (from, to) = (from.max(FROM), to.min(TO));
    let edges =
        [(from, from + EDGE), (super::HOURS * HOUR - EDGE, super::HOURS * HOUR), (to - EDGE, to)];
    let dense = edges
        .into_iter()
        .flat_map(move |(start, end)| times(start.max(from), end.min(to), EDGE_STEP, phase));
    let mut all: Vec<i64> = dense.chain(times(from, to, STATE_STEP, phase)).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(move |at| (START + at, value))
}
