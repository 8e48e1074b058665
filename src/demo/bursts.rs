//! Work that is over within minutes: it shows in the highest sample of an hour, and hardly in its mean.

use super::{
    activity::{Activity, OFFICE},
    ids::{AWS, AZURE, HOURS, SINGLES, Site},
    machine::Machine,
    noise::Noise,
    platform::Notebook,
    truth::Remedy,
    yard::Yard,
};

/// Utilisation of the minutes that work.
const LEVEL: f64 = 0.3;
/// Share of an hour that they take: five minutes.
const SHARE: f64 = 1.0 / 12.0;

/// Hours of 720 just under and just over one in a hundred.
const UNDER_ONE_PERCENT: usize = 7;
const OVER_ONE_PERCENT: usize = 9;

/// Adds so many hours of short work to drawn means, and returns the highest sample of every hour.
pub(super) fn add(means: &mut [f64], burst_hours: usize, noise: &mut Noise) -> Vec<f64> {
    let bursts = noise.choose(burst_hours, means.len());
    means
        .iter_mut()
        .enumerate()
        .map(|(hour, mean)| {
            let usual = (*mean * 1.2).min(1.0);
            if !bursts.contains(&hour) {
                return usual;
            }
            let peak = LEVEL * noise.between(0.8, 1.2);
            *mean += peak * SHARE;
            usual.max(peak)
        })
        .collect()
}

impl Yard {
    pub(super) fn plant_bursts(&mut self) {
        self.plant_idle_but_for_minutes();
        self.plant_nights_of_short_work();
        self.plant_notebooks_of_short_work();
    }

    fn quiet(&self, position: usize, share_of_memory: f64, burst_hours: usize) -> Machine {
        let (site, instance_type) = SINGLES[position % SINGLES.len()];
        let gib = self.shape(site, instance_type).and_then(|shape| shape.gpu_mem_gib_per_gpu);
        Machine {
            activity: Activity::Idle { active_hours: 0 },
            burst_hours,
            mem_gib: gib.map(|gib| gib * share_of_memory),
            cpu: 0.02,
            ..Machine::fine(site, instance_type)
        }
    }

    /// Some minutes of work in every hour, or in just over or just under one hour in a hundred.
    fn plant_idle_but_for_minutes(&mut self) {
        // Where there is no smaller accelerator, little memory is no finding of its own.
        for position in [1, 3] {
            self.machine(&self.quiet(position, 0.01, HOURS));
            let rare = self.quiet(position, 0.01, UNDER_ONE_PERCENT);
            self.machine(&rare.hit(&["gpu-idle"], Remedy::STOP));
        }
        for position in 0..4 {
            self.machine(&self.quiet(position, 0.8, HOURS));
            // Mostly off, and something else starts and stops it already.
            let has_scaling = Some(true);
            let over = self.quiet(position + 4, 0.8, OVER_ONE_PERCENT);
            self.machine(&Machine { has_scaling, ..over });
            let under = self.quiet(position, 0.8, UNDER_ONE_PERCENT);
            self.machine(&under.hit(&["gpu-idle-holding-memory"], Remedy::STOP));
        }
    }

    /// Used by day, and at night for minutes: in about one off hour in eight, or in one of a hundred.
    fn plant_nights_of_short_work(&mut self) {
        for (site, instance_type) in SINGLES.into_iter().take(3) {
            let activity = Activity::Office { office: OFFICE, stray_chance: 0.0, level: 0.8 };
            let by_day = Machine { activity, ..Machine::fine(site, instance_type) };
            self.machine(&Machine { burst_hours: 90, ..by_day.clone() });
            let rarely = Machine { burst_hours: UNDER_ONE_PERCENT, ..by_day };
            self.machine(&rarely.hit(&["gpu-off-hours"], Remedy::schedule(OFFICE)));
        }
    }

    /// Cells that run for minutes, in just over and just under a quarter of the hours.
    fn plant_notebooks_of_short_work(&mut self) {
        let sites: [(Site, &str); 2] = [(AWS, "ml.g5.xlarge"), (AZURE, "Standard_NC4as_T4_v3")];
        for (site, instance_type) in sites {
            let notebook = |burst_hours| Notebook {
                site,
                instance_type,
                name: "",
                activity: Activity::Idle { active_hours: 0 },
                burst_hours,
                coverage: 1.0,
                launched_days: 60.0,
                has_idle_shutdown: Some(false),
                tags: &[],
            };
            self.notebook(&notebook(187), &[], Remedy::default());
            let remedy = Remedy::scale(1.0, 0.0, 2);
            self.notebook(&notebook(174), &["notebook-idle"], remedy);
        }
    }
}
