//! A calendar in words, as messages and commands carry it.

use super::{Calendar, HOURS_PER_WEEK, runs};

/// Groups of periods that [`Calendar::words`] spells out.
const MAX_SPELLED_GROUPS: usize = 4;

impl Calendar {
    /// The on-periods in words, local time: `Mon–Fri 07:00–19:00`, `Mon–Wed, Fri 08:00–12:00; Sat 10:00–14:00`,
    /// `Mon 08:00 – Fri 18:00`, `always on`, `always off`. Of many different periods the first four groups are spelled out.
    pub fn words(&self) -> String {
        match self.on_hours() {
            0 => return "always off".to_owned(),
            HOURS_PER_WEEK => return "always on".to_owned(),
            _ => {}
        }
        let mut groups: Vec<(Period, Vec<usize>)> = Vec::new();
        for (start, length) in runs(&self.is_on) {
            for (day, period) in periods(start, length) {
                match groups.iter_mut().find(|(other, _)| *other == period) {
                    Some((_, days)) => days.push(day),
                    None => groups.push((period, vec![day])),
                }
            }
        }
        let mut words: Vec<String> = groups
            .iter_mut()
            .take(MAX_SPELLED_GROUPS)
            .map(|(period, days)| {
                days.sort_unstable();
                period.words(days)
            })
            .collect();
        if groups.len() > MAX_SPELLED_GROUPS {
            words.push(format!("and {} other periods", groups.len() - MAX_SPELLED_GROUPS));
        }
        words.join("; ")
    }
}

/// Time on, relative to the day it begins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Period {
    start_hour: usize,
    length: usize,
}

/// A run of on-hours as periods by the day they begin on: whole days are told one by one, so that they merge.
fn periods(start: usize, length: usize) -> Vec<(usize, Period)> {
    let (day, start_hour) = (start / 24, start % 24);
    if start_hour == 0 && length.is_multiple_of(24) {
        let whole_day = Period { start_hour: 0, length: 24 };
        return (0..length / 24).map(|offset| ((day + offset) % 7, whole_day)).collect();
    }
    vec![(day, Period { start_hour, length })]
}

impl Period {
    /// In words, for the days (sorted) it begins on.
    fn words(self, days: &[usize]) -> String {
        let end = self.start_hour + self.length;
        if self.length <= 24 {
            let end_hour = if end > 24 { end - 24 } else { end };
            return format!("{} {:02}:00–{end_hour:02}:00", day_words(days), self.start_hour);
        }
        let (end_day, end_hour) =
            if end.is_multiple_of(24) { (end / 24 - 1, 24) } else { (end / 24, end % 24) };
        let spell = |&day: &usize| {
            let (from, to) = (day_name(day), day_name(day + end_day));
            format!("{from} {:02}:00 – {to} {end_hour:02}:00", self.start_hour)
        };
        days.iter().map(spell).collect::<Vec<_>>().join("; ")
    }
}

fn day_name(day: usize) -> &'static str {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    NAMES[day % 7]
}

/// Sorted days with neighbours merged: `Mon–Wed, Fri`.
fn day_words(days: &[usize]) -> String {
    let mut words: Vec<String> = Vec::new();
    for run in days.chunk_by(|a, b| a + 1 == *b) {
        match run {
            [] => {}
            [day] => words.push(day_name(*day).to_owned()),
            [first, .., last] => {
                let joint = if run.len() == 2 { ", " } else { "–" };
                words.push(format!("{}{joint}{}", day_name(*first), day_name(*last)));
            }
        }
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::working_hours;

    #[test]
    fn a_night_shift_reaches_into_the_next_day() {
        let calendar = Calendar { is_on: working_hours(&[0, 1, 2, 6], 22, 6) };
        assert_eq!(calendar.words(), "Mon–Wed, Sun 22:00–06:00");
    }

    #[test]
    fn whole_days_and_long_periods_read_as_such() {
        let mut is_on = [false; HOURS_PER_WEEK];
        is_on[24..72].fill(true);
        is_on[80..110].fill(true);
        assert_eq!(Calendar { is_on }.words(), "Tue, Wed 00:00–24:00; Thu 08:00 – Fri 14:00");
    }
}
