//! The values of one resource, several metrics of one thing joined.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    provider::aws::cloudwatch::{
        answer::{Series, State},
        metric::Statistic,
        subject::{Ask, Field, Join, Subject},
    },
    window::{MS_PER_HOUR, Window},
};

/// What was read of one resource.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Values<'a> {
    pub(in super::super) subject: &'a Subject<'a>,
    /// Everything that was asked together.
    pub(in super::super) asks: &'a [Ask],
    /// Those of this resource.
    pub(in super::super) series: &'a [Series],
    pub(in super::super) window: Window,
}

/// Which values of a resource are meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) field: Field,
    pub(super) statistic: Statistic,
    pub(super) gpu_index: Option<i64>,
    /// `None`: of all variants.
    pub(super) variant: Option<&'a str>,
}

impl<'a> Values<'a> {
    /// What was asked of the resource, with its series.
    pub(super) fn pairs(self) -> impl Iterator<Item = (&'a Ask, &'a Series)> {
        self.series.iter().filter_map(move |series| Some((self.asks.get(series.ask)?, series)))
    }

    /// The metrics of one thing as one column. `None`: it was not asked for.
    pub(super) fn column(self, of: Of<'_>) -> Option<Cow<'a, [f64]>> {
        let mut found: Vec<(&Ask, &Series)> = self
            .pairs()
            .filter(|(ask, series)| {
                ask.field == of.field
                    && series.statistic == of.statistic
                    && ask.gpu_index == of.gpu_index
                    && of.variant.is_none_or(|variant| ask.variant == variant)
            })
            .collect();
        found.sort_by_key(|(ask, _)| ask.rank);
        match found.as_slice() {
            [] => None,
            [(_, only)] => Some(Cow::Borrowed(&only.values)),
            several => {
                let hours = 0..self.window.hour_count();
                Some(
                    hours
                        .map(|hour| joined(several, hour, of.statistic))
                        .collect::<Vec<_>>()
                        .into(),
                )
            }
        }
    }

    /// The highest sample of any accelerator of a variant. `None`: it was not asked for.
    pub(super) fn busiest(self, variant: &str) -> Option<Cow<'a, [f64]>> {
        let of_variant = self
            .pairs()
            .filter(|(ask, _)| ask.field == Field::GpuUtil && ask.variant == variant)
            .map(|(ask, _)| ask.gpu_index);
        let places: BTreeSet<Option<i64>> = of_variant.collect();
        let of = |gpu_index| Of {
            field: Field::GpuUtil,
            statistic: Statistic::Maximum,
            gpu_index,
            variant: Some(variant),
        };
        places.into_iter().map(|place| self.column(of(place))).fold(None, higher)
    }

    /// Whether everything that was asked about a field was read to its end, so that what is absent is not there.
    pub(super) fn is_complete(self, field: Field, variant: &str) -> bool {
        self.pairs()
            .filter(|(ask, _)| ask.field == field && ask.variant == variant)
            .all(|(_, series)| series.state == State::Complete)
    }

    /// The start of an hour of the window.
    pub(super) fn hour_start(self, hour: usize) -> crate::frame::InstantMs {
        let number = self.window.start + i64::try_from(hour).unwrap_or_default();
        crate::frame::InstantMs(number * MS_PER_HOUR)
    }
}

/// The higher of two columns in each hour. `None`: neither was asked for.
pub(super) fn higher<'a>(
    one: Option<Cow<'a, [f64]>>,
    other: Option<Cow<'a, [f64]>>,
) -> Option<Cow<'a, [f64]>> {
    match (one, other) {
        (Some(one), Some(other)) => {
            // `max` prefers what is a number.
            let both = one.iter().zip(other.iter()).map(|(one, other)| one.max(*other));
            Some(Cow::Owned(both.collect()))
        }
        (known, None) | (None, known) => known,
    }
}

/// The values of an hour as one: of the lowest rank that has any. NaN: there is none.
fn joined(metrics: &[(&Ask, &Series)], hour: usize, statistic: Statistic) -> f64 {
    let value = |series: &Series| series.values.get(hour).copied().filter(|value| !value.is_nan());
    let first = metrics.iter().find_map(|(ask, series)| value(series).map(|_| *ask));
    let Some(first) = first else { return f64::NAN };
    let (mut sum, mut highest, mut count) = (0.0, f64::NEG_INFINITY, 0.0);
    for (_, series) in metrics.iter().filter(|(ask, _)| ask.rank == first.rank) {
        if let Some(value) = value(series) {
            sum += value;
            highest = value.max(highest);
            count += 1.0;
        }
    }
    match (first.join, statistic) {
        (Join::Sum, _) => sum,
        (Join::Max, _) | (Join::Mean, Statistic::Maximum) => highest,
        (Join::Mean, _) => sum / count,
    }
}
