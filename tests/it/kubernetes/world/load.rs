//! How busy something is, hour by hour.

use super::HOURS;

/// A pattern of use. Levels are ratios of an accelerator's time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Load {
    /// The same in every hour.
    Steady(f64),
    /// From Monday to Friday between two hours of the day, and in some of every thousand other hours.
    Office { from: i64, to: i64, level: f64, strays: i64 },
    /// Every day between two hours.
    Daily { from: i64, to: i64, level: f64 },
    /// Low at night and high in the middle of the day.
    Tide { low: f64, high: f64 },
    /// In so many hours of the window, spread evenly.
    Bursts { hours: i64, level: f64 },
}

impl Load {
    /// Mean level of an hour of the window.
    pub(crate) fn level(&self, hour: i64) -> f64 {
        let of_day = hour.rem_euclid(24);
        let is_weekday = hour.div_euclid(24).rem_euclid(7) < 5;
        match *self {
            Self::Steady(level) => level,
            Self::Office { from, to, level, strays } => {
                let is_open = is_weekday && (from..to).contains(&of_day);
                let is_stray = noise(hour, 77) * 1000.0 < strays as f64;
                if is_open || is_stray { level } else { 0.0 }
            }
            Self::Daily { from, to, level } => {
                if (from..to).contains(&of_day) {
                    level
                } else {
                    0.0
                }
            }
            Self::Tide { low, high } => {
                let angle = of_day as f64 / 24.0 * std::f64::consts::TAU;
                low + (high - low) * (0.5 - 0.5 * angle.cos())
            }
            Self::Bursts { hours, level } => {
                let before = |hour: i64| hour * hours / HOURS;
                if before(hour + 1) > before(hour) { level } else { 0.0 }
            }
        }
    }

    /// The highest level.
    pub(crate) fn peak(&self) -> f64 {
        (0..HOURS).map(|hour| self.level(hour)).fold(0.0, f64::max)
    }
}

/// A number between 0 and 1 that looks random and is the same for ever.
pub(crate) fn noise(a: i64, b: i64) -> f64 {
    let mut bits = a.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())
        ^ b.wrapping_mul(0xC2B2_AE3D_27D4_EB4F_u64.cast_signed());
    bits ^= bits >> 29;
    bits = bits.wrapping_mul(0x1656_67B1_9E37_79F9);
    bits ^= bits >> 32;
    (bits & 0xff_ffff) as f64 / f64::from(0x100_0000)
}
