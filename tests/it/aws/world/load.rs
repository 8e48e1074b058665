//! How busy something is, hour by hour from the start of the window.

/// A pattern of use. Levels are ratios of an accelerator's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Load {
    /// The same in every hour.
    Steady(f64),
    /// From Monday to Friday between two hours of the day.
    Office { from: i64, to: i64, level: f64 },
    /// Low at night and high in the middle of the day.
    Tide { low: f64, high: f64 },
}

impl Load {
    /// Mean level of an hour.
    pub(crate) fn level(self, hour: i64) -> f64 {
        let of_day = hour.rem_euclid(24);
        let is_weekday = hour.div_euclid(24).rem_euclid(7) < 5;
        match self {
            Self::Steady(level) => level,
            Self::Office { from, to, level } => {
                if is_weekday && (from..to).contains(&of_day) {
                    level
                } else {
                    0.0
                }
            }
            Self::Tide { low, high } => {
                let angle = of_day as f64 / 24.0 * std::f64::consts::TAU;
                low + (high - low) * (0.5 - 0.5 * angle.cos())
            }
        }
    }

    /// The highest level.
    pub(crate) fn peak(self) -> f64 {
        (0..24 * 7).map(|hour| self.level(hour)).fold(0.0, f64::max)
    }
}
