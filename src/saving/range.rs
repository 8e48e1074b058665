//! How far next month may lie from this one: low, likely, high.

use crate::{
    units::HOURS_PER_MONTH,
    window::{Window, hour_of_week},
};

/// Resampled months per range.
const RESAMPLE_COUNT: usize = 400;

/// Windows shorter than this say too little about a week, and their ranges are widened.
pub const FULL_WIDTH_DAYS: f64 = 14.0;

/// Months have between 8 weekend days in 31 and 10 in 30.
const WEEKEND_RATIO: (f64, f64) = (8.0 / 31.0, 10.0 / 30.0);

/// A pseudo-random sequence (`SplitMix64`, Steele et al. 2014): tiny, fast, and the same on every machine.
struct SplitMix64(u64);

impl SplitMix64 {
    /// A sequence of its own for every id: the seed is the id's 64-bit FNV-1a hash.
    fn of(id: &str) -> Self {
        Self(id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// How far a monthly amount may fall and rise. Both are at least 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Swing {
    /// To the cautious end.
    pub down_usd: f64,
    /// To the hopeful end.
    pub up_usd: f64,
}

/// Resamples whole days of one window, weekdays from weekdays and weekends from weekends. That next month may have
/// another number of weekend days comes on top.
pub(crate) struct Resampler {
    window: Window,
    /// Day numbers, weekdays first.
    days: Vec<usize>,
    weekday_count: usize,
    id: String,
    /// The positions in `days` drawn for every resample, made when first needed.
    draws: Vec<u16>,
    totals: Vec<f64>,
    differences: Vec<f64>,
}

impl Resampler {
    /// A resampler for a window's days (24 hours each from its start; a last part of a day counts as one).
    pub(crate) fn new(window: Window) -> Self {
        let day_count = window.hour_count().div_ceil(24);
        let is_weekday = |day: &usize| {
            let noon = i64::try_from(day * 24 + 12).unwrap_or_default();
            hour_of_week(window.start + noon, &jiff::tz::TimeZone::UTC) < 5 * 24
        };
        let (mut days, weekend): (Vec<usize>, Vec<usize>) = (0..day_count).partition(is_weekday);
        let weekday_count = days.len();
        days.extend(weekend);
        Self {
            window,
            days,
            weekday_count,
            id: String::new(),
            draws: Vec::new(),
            totals: Vec::new(),
            differences: Vec::new(),
        }
    }

    /// Starts the sequence of this id; all swings until the next call share their resamples.
    pub(crate) fn seed(&mut self, id: &str) {
        id.clone_into(&mut self.id);
        self.draws.clear();
    }

    /// The window it resamples.
    pub(crate) fn window(&self) -> Window {
        self.window
    }

    /// Sums hourly amounts by day; a last part of a day is scaled up to a whole one.
    pub(crate) fn daily(hourly: impl Iterator<Item = f64>, daily: &mut Vec<f64>) {
        daily.clear();
        let (mut sum, mut count) = (0.0, 0_u32);
        for amount in hourly {
            sum += amount;
            count += 1;
            if count == 24 {
                daily.push(sum);
                (sum, count) = (0.0, 0);
            }
        }
        if count > 0 {
            daily.push(sum * 24.0 / f64::from(count));
        }
    }

    /// How far next month's amount may lie from this month's, given the amounts by day.
    ///
    /// This month is itself a draw, so the uncertainty of next month is that of the difference of two months: the 5 %
    /// and 95 % quantiles of (one resampled month − another). A window under 14 days widens it by √(14 / days).
    pub(crate) fn swing(&mut self, daily: &[f64]) -> Swing {
        let mut by_stratum: Vec<f64> =
            self.days.iter().map(|&day| daily.get(day).copied().unwrap_or_default()).collect();
        let (weekdays, weekend) = by_stratum.split_at_mut(self.weekday_count);
        let calendar = calendar_swing(weekdays, weekend);
        if is_constant(weekdays) && is_constant(weekend) {
            return calendar;
        }
        undo_shrinkage(weekdays);
        undo_shrinkage(weekend);
        self.draw();
        self.totals.clear();
        self.totals.extend(self.draws.chunks_exact(self.days.len()).map(|month| {
            month
                .iter()
                .map(|&position| by_stratum.get(usize::from(position)).copied().unwrap_or_default())
                .sum::<f64>()
        }));
        self.differences.clear();
        let others = self.totals.iter().cycle().skip(1);
        self.differences.extend(self.totals.iter().zip(others).map(|(month, other)| month - other));
        let monthly = HOURS_PER_MONTH / 24.0 / self.days.len() as f64;
        let factor = monthly * widening(self.window);
        let mut at = |rank: usize| *self.differences.select_nth_unstable_by(rank, f64::total_cmp).1;
        let (low, high) = (at(RESAMPLE_COUNT / 20), at(RESAMPLE_COUNT - RESAMPLE_COUNT / 20));
        Swing {
            down_usd: (-low * factor).max(0.0) + calendar.down_usd,
            up_usd: (high * factor).max(0.0) + calendar.up_usd,
        }
    }

    /// Draws the days of all resampled months.
    fn draw(&mut self) {
        if !self.draws.is_empty() {
            return;
        }
        let mut random = SplitMix64::of(&self.id);
        let (weekdays, weekend) =
            (self.weekday_count as u64, (self.days.len() - self.weekday_count) as u64);
        // A 32-bit random number times the number of choices, without its lower half: 0..choices, with a bias below
        // one in a million for windows of a year.
        let mut pick = |from: u64, choices: u64| {
            u16::try_from(from + (((random.next() >> 32) * choices) >> 32))
        };
        for _ in 0..RESAMPLE_COUNT {
            self.draws.extend((0..weekdays).map(|_| pick(0, weekdays).unwrap_or_default()));
            self.draws.extend((0..weekend).map(|_| pick(weekdays, weekend).unwrap_or_default()));
        }
    }
}

/// How far a month's amount moves because it has fewer or more weekend days than the window had.
fn calendar_swing(weekdays: &[f64], weekend: &[f64]) -> Swing {
    if weekdays.is_empty() || weekend.is_empty() {
        return Swing::default();
    }
    let mean = |days: &[f64]| days.iter().sum::<f64>() / days.len() as f64;
    let difference = (mean(weekend) - mean(weekdays)) * HOURS_PER_MONTH / 24.0;
    let ratio = weekend.len() as f64 / (weekdays.len() + weekend.len()) as f64;
    let moves = [WEEKEND_RATIO.0, WEEKEND_RATIO.1].map(|other| (other - ratio) * difference);
    let [one, other] = moves;
    Swing { down_usd: (-one.min(other)).max(0.0), up_usd: one.max(other).max(0.0) }
}

/// Whether a window is so short that ranges are widened.
pub(crate) fn is_short(window: Window) -> bool {
    window.days() < FULL_WIDTH_DAYS
}

/// √(14 / days) for windows under 14 days, else 1.
fn widening(window: Window) -> f64 {
    (FULL_WIDTH_DAYS / window.days().max(1.0 / 24.0)).sqrt().max(1.0)
}

/// Days drawn with replacement vary by (n − 1)/n less than the days they stand for; this moves them as much further from
/// their mean, so that the variance of resamples is unbiased.
fn undo_shrinkage(days: &mut [f64]) {
    if days.len() > 1 {
        let count = days.len() as f64;
        let mean = days.iter().sum::<f64>() / count;
        let stretch = (count / (count - 1.0)).sqrt();
        for day in days {
            *day = mean + (*day - mean) * stretch;
        }
    }
}

/// Whether all days are the same but for float noise.
fn is_constant(days: &[f64]) -> bool {
    let low = days.iter().copied().fold(f64::INFINITY, f64::min);
    let high = days.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    days.is_empty() || high - low <= 1e-9 * high.abs().max(1.0)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the expected numbers are exact in binary")]
mod tests {
    use super::*;

    fn swing(days: i64, daily: &[f64]) -> Swing {
        let monday = 494_184; // 2026-05-18T00:00:00Z
        let mut resampler = Resampler::new(Window { start: monday, end: monday + days * 24 });
        resampler.seed("a machine");
        resampler.swing(daily)
    }

    #[test]
    fn days_that_are_all_alike_have_no_range() {
        assert_eq!(swing(14, &[3.0; 14]), Swing::default());
    }

    #[test]
    fn a_steady_week_whose_weekends_differ_moves_with_the_number_of_weekend_days() {
        // Weekends save $4 less. The window has 4 of 14; a month of 30.4167 days has from 8/31 to 10/30 of them:
        // (0.3333 − 0.2857) × 30.4167 × 4 = $5.79 less, (0.2857 − 0.2581) × 30.4167 × 4 = $3.36 more.
        let week = [5.0, 5.0, 5.0, 5.0, 5.0, 1.0, 1.0];
        let Swing { down_usd, up_usd } = swing(14, &[week, week].concat());
        assert!((down_usd - 5.79).abs() < 0.01, "{down_usd}");
        assert!((up_usd - 3.36).abs() < 0.01, "{up_usd}");
    }

    #[test]
    fn the_range_is_that_of_the_difference_of_two_months() {
        // Given 20 weekdays of $0.00, 0.10 … 1.90 with a standard deviation of 0.592, the difference of two months has
        // one of √40 × 0.592 = $3.74, and its 95 % quantile is 1.645 × 3.74 = $6.16 in 28 days or $6.69 in a month.
        let amount =
            |day: u32| if day % 7 < 5 { f64::from(day / 7 * 5 + day % 7) / 10.0 } else { 0.0 };
        let daily: Vec<f64> = (0..28).map(amount).collect();
        let Swing { down_usd, up_usd } = swing(28, &daily);
        // On top, weekends save $0.95 a day less: 10/30 of them instead of 8/28 cost $1.38, 8/31 bring $0.80.
        assert!((7.1..9.1).contains(&down_usd), "{down_usd}");
        assert!((6.5..8.5).contains(&up_usd), "{up_usd}");
    }

    #[test]
    fn half_a_full_window_widens_by_the_square_root_of_two() {
        let monday = 494_184;
        assert_eq!(widening(Window { start: monday, end: monday + 7 * 24 }), 2_f64.sqrt());
        assert_eq!(widening(Window { start: monday, end: monday + 30 * 24 }), 1.0);
    }

    #[test]
    fn a_part_of_a_day_counts_as_a_whole_one() {
        let mut daily = Vec::new();
        Resampler::daily([1.0; 30].into_iter(), &mut daily);
        assert_eq!(daily, [24.0, 24.0]);
    }
}
