//! How machines are used, as stochastic processes: the window is one draw, the time after it another.

use super::noise::Noise;

/// Working hours by the local clock: the first `days` days of the week, from one hour to before another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Office {
    pub(super) days: usize,
    pub(super) from_hour: usize,
    pub(super) to_hour: usize,
}

/// Monday to Friday, 8 to 19.
pub(super) const OFFICE: Office = Office { days: 5, from_hour: 8, to_hour: 19 };

impl Office {
    /// Whether an hour of the local week is working time.
    pub(super) fn is_open(self, slot: usize) -> bool {
        slot / 24 < self.days && (self.from_hour..self.to_hour).contains(&(slot % 24))
    }
}

/// How the busiest accelerator of a machine is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Activity {
    /// Nothing runs, but for so many hours at random.
    Idle { active_hours: usize },
    /// Work at all hours.
    Busy { level: f64 },
    /// Work in working hours, and now and then a job outside them.
    Office { office: Office, stray_chance: f64, level: f64 },
    /// Runs of some length with pauses that follow no clock.
    Runs { share: f64, run_hours: f64, level: f64 },
}

impl Activity {
    /// Utilisation hour by hour; `slots` are the hours of the local week.
    pub(super) fn draw(self, slots: &[usize], noise: &mut Noise) -> Vec<f64> {
        let stray = match self {
            Self::Idle { active_hours } => noise.choose(active_hours, slots.len()),
            _ => std::collections::BTreeSet::new(),
        };
        let mut is_running = false;
        slots
            .iter()
            .enumerate()
            .map(|(hour, &slot)| match self {
                Self::Idle { .. } if stray.contains(&hour) => active(0.5, noise),
                Self::Idle { .. } => noise.between(0.0, 0.02),
                Self::Busy { level } => active(level, noise),
                Self::Office { office, stray_chance, level } => {
                    let chance = if office.is_open(slot) { 0.97 } else { stray_chance };
                    if noise.chance(chance) { active(level, noise) } else { quiet(noise) }
                }
                Self::Runs { share, run_hours, level } => {
                    let stop = 1.0 / run_hours;
                    let start = stop * share / (1.0 - share);
                    is_running = if is_running { !noise.chance(stop) } else { noise.chance(start) };
                    if is_running { active(level, noise) } else { quiet(noise) }
                }
            })
            .collect()
    }
}

/// An hour of work: up to `level`, so that the 95th percentile of steady work lies just under it.
fn active(level: f64, noise: &mut Noise) -> f64 {
    (level * noise.between(0.85, 1.0)).max(0.08)
}

fn quiet(noise: &mut Noise) -> f64 {
    noise.between(0.0, 0.02)
}

/// Highest sample above which an hour counts as work.
pub(super) const ACTIVE: f64 = 0.05;
