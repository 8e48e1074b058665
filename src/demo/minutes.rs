//! Minutes at full load in every hour, which the mean of the hour hides: replayed second by second on something slower.

use super::{
    activity::Activity,
    cluster::{Load, Node, Work},
    endpoint::Endpoint,
    ids::{AWS, AWS_SOUTH, GCP, GCP_SOUTH, Site},
    machine::Machine,
    market::FIT_OUTSIDE,
    noise::Noise,
    truth::Remedy,
    yard::Yard,
};

/// A cluster of GCP.
const CORVUS: Site = Site::new("kubernetes", "corvus", "europe-north2", 1.0);
/// Where nobody says who waits, a burst that is over after so long bothers nobody.
const UNNOTICED_SECONDS: usize = 360;

/// Work that comes once an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Burst {
    pub(super) seconds: usize,
    /// Utilisation while it runs on what it has today.
    pub(super) level: f64,
}

/// Who waits for it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Waiting {
    Somebody,
    Nobody,
    /// Nobody says.
    Unsaid,
}

impl Burst {
    /// Mean and highest sample of an hour with it, if there is one.
    pub(super) fn over(
        burst: Option<Self>,
        (mean, peak): (f64, f64),
        noise: &mut Noise,
    ) -> (f64, f64) {
        let Some(burst) = burst else { return (mean, peak) };
        let level = burst.level * noise.between(0.97, 1.0);
        ((mean + level * burst.seconds as f64 / 3600.0).min(1.0), peak.max(level))
    }

    /// Seconds until it is done with so much of today's compute. `None`: not within the hour.
    fn done_after_seconds(self, speed: f64) -> Option<usize> {
        let mut left = 0.0;
        for second in 0..3600 {
            if second >= self.seconds && left <= 1e-9 {
                return Some(second);
            }
            left += if second < self.seconds { self.level } else { 0.0 };
            left -= speed.min(left);
        }
        None
    }

    /// Whether so much of today's compute is enough for those who wait.
    fn is_served(self, speed: f64, waiting: Waiting) -> bool {
        let done = self.done_after_seconds(speed);
        match waiting {
            Waiting::Somebody => done == Some(self.seconds),
            Waiting::Nobody => done.is_some(),
            Waiting::Unsaid => done.is_some_and(|at| at == self.seconds || at <= UNNOTICED_SECONDS),
        }
    }
}

/// Bursts on both sides of what something half as fast carries.
fn cases(carried: f64) -> [(Waiting, Burst); 12] {
    let burst = |waiting, seconds, level| (waiting, Burst { seconds, level });
    [
        burst(Waiting::Somebody, 600, 1.0),
        burst(Waiting::Somebody, 90, 1.0),
        burst(Waiting::Somebody, 600, carried + 0.04),
        burst(Waiting::Somebody, 600, carried - 0.01),
        burst(Waiting::Somebody, 1200, carried - 0.04),
        burst(Waiting::Nobody, 600, 1.0),
        burst(Waiting::Nobody, 300, carried + 0.04),
        burst(Waiting::Unsaid, 600, 1.0),
        burst(Waiting::Unsaid, 900, 0.8),
        burst(Waiting::Unsaid, 240, 1.0),
        burst(Waiting::Unsaid, 30, 1.0),
        burst(Waiting::Unsaid, 600, carried - 0.02),
    ]
}

impl Yard {
    pub(super) fn plant_minutes(&mut self) {
        self.plant_machines_with_minutes();
        self.plant_endpoints_with_minutes();
        self.plant_shares_with_minutes();
    }

    /// What one accelerator has of another one's compute or memory bandwidth, whichever is less.
    fn speed(&self, site: Site, target: &str, current: &str) -> f64 {
        let gpu = |name: &str| self.catalog.gpu(&self.shape(site, name)?.gpu_model);
        let (Some(new), Some(now)) = (gpu(target), gpu(current)) else { return 0.0 };
        let ratio =
            |new: Option<f64>, now: Option<f64>| new.zip(now).map_or(0.0, |(new, now)| new / now);
        ratio(new.fp16_tflops, now.fp16_tflops)
            .min(ratio(new.bandwidth_gb_per_second, now.bandwidth_gb_per_second))
    }

    fn plant_machines_with_minutes(&mut self) {
        let edge = AWS.in_region(FIT_OUTSIDE);
        let moves: [(Site, &'static str, &'static str, &'static str, Option<f64>); 5] = [
            (AWS, "g5.xlarge", "g4dn.xlarge", "gpu-oversized-memory", Some(8.0)),
            (AWS_SOUTH, "g5.xlarge", "g4dn.xlarge", "gpu-oversized-memory", Some(8.0)),
            (edge, "g6.xlarge", "g5.xlarge", "gpu-oversized-compute", None),
            (GCP, "a3-highgpu-1g", "a2-ultragpu-1g", "gpu-oversized-compute", None),
            (GCP_SOUTH, "a3-highgpu-1g", "a2-ultragpu-1g", "gpu-oversized-compute", None),
        ];
        for (site, current, target, rule, mem_gib) in moves {
            let speed = self.speed(site, target, current);
            for (position, (waiting, burst)) in cases(speed).into_iter().enumerate() {
                let tags: &[(&str, &str)] = match waiting {
                    Waiting::Somebody if position % 2 == 0 => &[("env", "production")],
                    Waiting::Somebody => &[("slo", "99.9")],
                    Waiting::Nobody => &[("workload", "batch")],
                    Waiting::Unsaid => &[],
                };
                let mut machine = Machine {
                    activity: Activity::Idle { active_hours: 0 },
                    in_every_hour: Some(burst),
                    mem_gib,
                    cpu: 0.12,
                    tags,
                    ..Machine::fine(site, current)
                };
                if burst.is_served(speed, waiting) {
                    machine.hits.push(rule);
                    machine.remedy = Remedy::resize(self.ratio(site, target, current));
                }
                if waiting == Waiting::Nobody {
                    let stays = machine.hits.is_empty();
                    let on_spot = if stays { current } else { target };
                    machine.remedy = self.spot(machine.remedy, site, on_spot);
                    machine.hits.push("gpu-on-demand-interruptible");
                }
                self.machine(&machine);
            }
        }
    }

    fn plant_endpoints_with_minutes(&mut self) {
        let (current, target) = ("ml.g5.xlarge", "ml.g4dn.xlarge");
        for site in [AWS, AWS_SOUTH] {
            let speed = self.speed(site, target, current);
            for (waiting, burst) in cases(speed) {
                let mut endpoint = Endpoint {
                    mode: match waiting {
                        Waiting::Somebody => Some("real_time"),
                        Waiting::Nobody => Some("asynchronous"),
                        Waiting::Unsaid => None,
                    },
                    in_every_hour: Some(burst),
                    level: 0.01,
                    mem_gib: Some(8.0),
                    ..Endpoint::fine(site, current)
                };
                // Requests are answered as they come where nothing else is said of them.
                let waiting = if waiting == Waiting::Nobody { waiting } else { Waiting::Somebody };
                if burst.is_served(speed, waiting) {
                    endpoint.hits.push("endpoint-oversized");
                    endpoint.remedy = Remedy::resize(self.ratio(site, target, current));
                }
                self.endpoint(&endpoint);
            }
        }
    }

    /// Slices of an accelerator: the smallest that serves the bursts, or none.
    fn plant_shares_with_minutes(&mut self) {
        let bursts = |waiting, level, short| {
            [(600, level), (short, 1.0), (600, 1.0)]
                .map(|(seconds, level)| (waiting, Burst { seconds, level }))
        };
        // 40 seconds become five minutes in the smallest slice, and the audit cannot tell them from longer work at a
        // lower level: it leaves that one open.
        let all = [
            bursts(Waiting::Somebody, 0.14, 40),
            bursts(Waiting::Unsaid, 0.28, 40),
            bursts(Waiting::Somebody, 0.42, 240),
            bursts(Waiting::Unsaid, 0.41, 240),
        ];
        for (waiting, burst) in all.into_iter().flatten() {
            let mut work = Work {
                load: Load::Gpu(Activity::Idle { active_hours: 0 }),
                in_every_hour: Some(burst),
                mem_gib: Some(4.0),
                pods: 2,
                tags: if waiting == Waiting::Somebody { &[("slo", "99.9")] } else { &[] },
                ..Work::fine()
            };
            let slices = [1.0, 2.0, 3.0].map(|slices| slices / 7.0);
            // One that takes no longer is better than one that takes a little longer, even if it is larger.
            let kinds = [Waiting::Somebody, waiting];
            let fit = kinds.into_iter().find_map(|waiting| {
                slices.into_iter().find(|&slice| burst.is_served(slice, waiting))
            });
            if let Some(slice) = fit {
                work.hits.push("workload-gpu-share");
                work.remedy = Remedy::resize(slice);
            }
            let node = Node::of(CORVUS, "a2-highgpu-2g", vec![work]);
            self.node(&Node { machine_provider: "gcp", ..node });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_minutes_at_full_load_take_twenty_at_half_the_speed() {
        let burst = Burst { seconds: 600, level: 1.0 };
        assert_eq!(burst.done_after_seconds(1.0), Some(600));
        assert_eq!(burst.done_after_seconds(0.5), Some(1200));
        assert_eq!(burst.done_after_seconds(0.1), None);
    }

    #[test]
    fn half_a_load_is_as_fast_at_half_the_speed() {
        let burst = Burst { seconds: 600, level: 0.5 };
        assert!(burst.is_served(0.5, Waiting::Somebody));
        assert!(!burst.is_served(0.49, Waiting::Somebody));
        assert!(burst.is_served(0.49, Waiting::Nobody));
        assert!(!burst.is_served(0.49, Waiting::Unsaid));
    }
}
