//! Endpoints: idle, too large, flat while traffic is not, and those that are right as they are.

use super::{
    activity::{OFFICE, Office},
    endpoint::{Endpoint, Requests},
    ids::{AWS, AWS_DAILY, AWS_SOUTH, AZURE, AZURE_DAILY, GCP, GCP_SOUTH, Site},
    market::{FIT_INSIDE, FIT_OUTSIDE, Quote, SPOT_EDGE},
    truth::{Remedy, Spot},
    yard::Yard,
};

/// Machine types that endpoints run on.
const SITES: [(Site, &str); 8] = [
    (AWS, "ml.g5.xlarge"),
    (AZURE, "Standard_NC4as_T4_v3"),
    (GCP, "g2-standard-4"),
    (AWS_SOUTH, "ml.g4dn.xlarge"),
    (AZURE_DAILY, "Standard_NC24ads_A100_v4"),
    (GCP_SOUTH, "a2-highgpu-1g"),
    (AWS_DAILY, "ml.g5.xlarge"),
    (GCP, "a2-ultragpu-1g"),
];

const IN_OFFICE_HOURS: Requests = Requests::Office { office: OFFICE, stray_chance: 0.0 };

fn fine(position: usize) -> Endpoint {
    let (site, instance_type) = SITES[position % SITES.len()];
    Endpoint::fine(site, instance_type)
}

impl Yard {
    pub(super) fn plant_endpoints(&mut self) {
        self.plant_idle_endpoints();
        self.plant_endpoints_that_look_idle();
        self.plant_flat_replicas();
        self.plant_replicas_that_fit();
        self.plant_office_endpoints();
        self.plant_endpoints_at_all_hours();
        self.plant_sparse_endpoints();
        self.plant_endpoints_called_often();
        self.plant_large_endpoints();
        self.plant_endpoints_of_the_right_size();
        self.plant_spot_endpoints();
        self.plant_endpoints_nobody_measures();
    }

    fn plant_idle_endpoints(&mut self) {
        for position in 0..10 {
            let endpoint = match position % 5 {
                0 => fine(position),
                1 => Endpoint { coverage: 0.81, ..fine(position) },
                2 => Endpoint { launched_days: 15.0, ..fine(position) },
                3 => Endpoint { tags: &[("env", "prod-eu")], ..fine(position) },
                _ => Endpoint { mode: None, gpu_coverage: 0.0, ..fine(position) },
            };
            let endpoint = Endpoint { requests: Requests::Few(0), level: 0.0, ..endpoint };
            self.endpoint(&endpoint.hit(&["endpoint-idle"], Remedy::STOP));
        }
    }

    /// Young, on standby, paid by the request anyway, or called once.
    fn plant_endpoints_that_look_idle(&mut self) {
        for position in 0..4 {
            let idle = Endpoint { requests: Requests::Few(0), level: 0.0, ..fine(position) };
            self.endpoint(&Endpoint { launched_days: 13.0, ..idle.clone() });
            self.endpoint(&Endpoint { tags: &[("role", "failover")], ..idle.clone() });
            self.endpoint(&Endpoint { mode: Some("serverless"), ..idle.clone() });
            // Somebody waits for the one answer a month.
            let tags: &[(&str, &str)] = &[("environment", "production"), ("slo", "99.9")];
            self.endpoint(&Endpoint { requests: Requests::Few(1), tags, ..idle });
        }
    }

    /// Traffic goes up and down by the hour, the replicas do not.
    fn plant_flat_replicas(&mut self) {
        for position in 0..10 {
            let (replicas, level, low) =
                [(4.0, 0.6, 0.1), (3.0, 0.7, 0.0), (2.0, 0.6, 0.05), (6.0, 0.7, 0.2)][position % 4];
            let site = SITES[[0, 1, 3, 4, 6][position % 5]];
            let endpoint = Endpoint {
                replicas,
                level,
                requests: Requests::Wave { low },
                ..Endpoint::fine(site.0, site.1)
            };
            let endpoint = if position == 4 {
                Endpoint { tags: &[("env", "production")], replicas: 4.0, ..endpoint }
            } else {
                endpoint
            };
            let floor = if position == 4 { 2.0 } else { 1.0 };
            self.endpoint(&endpoint.hit(&["endpoint-flat-replicas"], Remedy::scale(1.3, floor, 1)));
        }
    }

    /// One replica, flat traffic, a floor that people need, scaling that works, or load that needs them all.
    fn plant_replicas_that_fit(&mut self) {
        for position in [0, 1, 3, 6] {
            let wave = Requests::Wave { low: 0.05 };
            let base = fine(position);
            self.endpoint(&Endpoint { requests: wave, ..base.clone() });
            self.endpoint(&Endpoint { replicas: 3.0, level: 0.5, ..base.clone() });
            let tags: &[(&str, &str)] = &[("env", "production")];
            self.endpoint(&Endpoint { replicas: 2.0, requests: wave, tags, ..base.clone() });
            let scaled =
                Endpoint { replicas: 4.0, requests: wave, is_scaled: true, ..base.clone() };
            self.endpoint(&scaled);
            let loaded = Endpoint {
                replicas: 3.0,
                level: 1.0,
                requests: Requests::Wave { low: 0.55 },
                ..base
            };
            self.endpoint(&loaded);
        }
    }

    fn plant_office_endpoints(&mut self) {
        let long_week = Office { days: 6, from_hour: 4, to_hour: 24 };
        for position in 0..10 {
            let (office, stray_chance) = match position % 4 {
                0 => (OFFICE, 0.0),
                1 => (OFFICE, 0.004),
                2 => (OFFICE, 0.03),
                _ => (long_week, 0.0),
            };
            let requests = Requests::Office { office, stray_chance };
            let endpoint = Endpoint { requests, ..fine(position) };
            self.endpoint(&endpoint.hit(&["endpoint-off-hours"], Remedy::schedule(office)));
        }
    }

    fn plant_endpoints_at_all_hours(&mut self) {
        let every_day = Office { days: 7, from_hour: 4, to_hour: 24 };
        for position in 0..10 {
            let base = fine(position);
            let endpoint = match position % 5 {
                0 => Endpoint {
                    requests: Requests::Office { office: every_day, stray_chance: 0.0 },
                    ..base
                },
                1 => Endpoint {
                    requests: Requests::Office { office: OFFICE, stray_chance: 0.12 },
                    ..base
                },
                2 => Endpoint { requests: IN_OFFICE_HOURS, tags: &[("latency", "100ms")], ..base },
                3 => Endpoint { requests: IN_OFFICE_HOURS, launched_days: 13.5, ..base },
                _ => Endpoint { requests: IN_OFFICE_HOURS, tags: &[("standby", "true")], ..base },
            };
            self.endpoint(&endpoint);
        }
    }

    /// Called in less than a quarter of the hours, at no particular time: scaling to zero would do.
    fn plant_sparse_endpoints(&mut self) {
        for position in 0..9 {
            let hours = [170, 110, 90][position % 3];
            let endpoint = Endpoint { requests: Requests::Sparse(hours), ..fine(position) };
            let remedy = Remedy::scale(1.3, 0.0, 1);
            self.endpoint(&endpoint.hit(&["endpoint-serverless-candidate"], remedy));
        }
    }

    fn plant_endpoints_called_often(&mut self) {
        for position in 0..5 {
            let sparse = Endpoint { requests: Requests::Sparse(120), ..fine(position) };
            self.endpoint(&Endpoint { requests: Requests::Sparse(192), ..sparse.clone() });
            self.endpoint(&Endpoint { tags: &[("env", "production")], ..sparse.clone() });
            self.endpoint(&Endpoint {
                mode: Some("asynchronous"),
                scaling_min: Some(0.0),
                ..sparse.clone()
            });
            self.endpoint(&Endpoint { tags: &[("tier", "realtime")], ..sparse });
        }
    }

    /// The model and its load fit a cheaper machine.
    fn plant_large_endpoints(&mut self) {
        let cases: [(Site, f64, f64); 8] = [
            (AWS, 8.0, 0.30),
            (AWS, 13.2, 0.38),
            (AWS_SOUTH, 8.0, 0.30),
            (AWS_SOUTH, 13.2, 0.25),
            (AWS_DAILY, 8.0, 0.38),
            (AWS_DAILY, 12.0, 0.20),
            (AWS.in_region(FIT_INSIDE), 8.0, 0.30),
            (AWS.in_region(FIT_INSIDE), 8.0, 0.20),
        ];
        for (site, gib, level) in cases {
            let ratio = self.endpoint_ratio(site);
            let endpoint =
                Endpoint { mem_gib: Some(gib), level, ..Endpoint::fine(site, "ml.g5.xlarge") };
            self.endpoint(&endpoint.hit(&["endpoint-oversized"], Remedy::resize(ratio)));
        }
        // Too large and too many, and on at night too.
        let ratio = self.endpoint_ratio(AWS);
        for site in [AWS, AWS_SOUTH] {
            let endpoint = Endpoint {
                mem_gib: Some(8.0),
                level: 0.35,
                replicas: 3.0,
                requests: IN_OFFICE_HOURS,
                ..Endpoint::fine(site, "ml.g5.xlarge")
            };
            let hits = ["endpoint-oversized", "endpoint-flat-replicas", "endpoint-off-hours"];
            let remedy = Remedy { office: Some(OFFICE), ..Remedy::scale(1.3, 1.0, 1) };
            self.endpoint(&endpoint.hit(&hits, remedy.and_resize(ratio)));
        }
    }

    fn endpoint_ratio(&self, site: Site) -> f64 {
        let usd = |name: &str| self.quote(site, name).map(|quote| quote.on_demand_usd_per_hour);
        usd("ml.g4dn.xlarge").zip(usd("ml.g5.xlarge")).map_or(1.0, |(target, now)| target / now)
    }

    fn plant_endpoints_of_the_right_size(&mut self) {
        let case = |site, gib, level| Endpoint {
            mem_gib: Some(gib),
            level,
            ..Endpoint::fine(site, "ml.g5.xlarge")
        };
        let endpoints = [
            case(AWS, 13.6, 0.30),
            case(AWS, 8.0, 0.45),
            case(AWS_SOUTH, 17.0, 0.20),
            case(AWS.in_region(FIT_OUTSIDE), 8.0, 0.30),
            case(AWS.in_region(FIT_OUTSIDE), 8.0, 0.20),
            Endpoint { has_preallocated_memory: Some(true), ..case(AWS, 20.0, 0.30) },
            Endpoint { has_preallocated_memory: Some(true), ..case(AWS_SOUTH, 8.0, 0.30) },
            Endpoint { gpu_coverage: 0.79, ..case(AWS, 8.0, 0.30) },
            Endpoint { tags: &[("role", "standby")], ..case(AWS, 8.0, 0.30) },
            Endpoint { tags: &[("env", "production")], ..case(AWS, 8.0, 0.40) },
        ];
        for endpoint in &endpoints {
            self.endpoint(endpoint);
        }
    }

    /// Two or more replicas where the provider has spot capacity for endpoints: all but one may go there.
    fn plant_spot_endpoints(&mut self) {
        let types = ["g2-standard-4", "a2-highgpu-1g", "a2-ultragpu-1g", "g2-standard-12"];
        for position in 0..8 {
            let site = [GCP, GCP_SOUTH][position % 2];
            let instance_type = types[position % 4];
            let replicas = [2.0, 3.0, 4.0][position % 3];
            let quote = self.quote(site, instance_type).and_then(Quote::spot_ratio);
            let remedy = quote.map_or(Remedy::unpriced(), |price_ratio| {
                let share = (replicas - 1.0) / replicas;
                let spot =
                    Spot { price_ratio, interruption_monthly_ratio: 0.2, lost_hours: 0.6, share };
                Remedy { spot: Some(spot), ..Remedy::default() }
            });
            let endpoint = Endpoint { replicas, ..Endpoint::fine(site, instance_type) };
            self.endpoint(&endpoint.hit(&["endpoint-spot-capable"], remedy));
        }
        for position in 0..2 {
            let site = [GCP, GCP_SOUTH][position];
            let two = Endpoint { replicas: 2.0, ..Endpoint::fine(site, types[position]) };
            self.endpoint(&Endpoint { tags: &[("latency", "30ms")], ..two.clone() });
            self.endpoint(&Endpoint { tags: &[("role", "standby")], ..two.clone() });
            self.endpoint(&Endpoint { launched_days: 6.5, ..two.clone() });
            self.endpoint(&Endpoint { replicas: 1.0, ..two.clone() });
            self.endpoint(&Endpoint { purchase: "spot", ..two });
            // SageMaker has none, whatever the price sheet says.
            let edge = Endpoint::fine(AWS.in_region(SPOT_EDGE), "ml.g4dn.xlarge");
            self.endpoint(&Endpoint { replicas: 2.0, ..edge });
        }
    }

    fn plant_endpoints_nobody_measures(&mut self) {
        for position in 0..4 {
            let coverage = [0.0, 0.7, 0.79, 0.0][position];
            let endpoint = Endpoint { coverage, gpu_coverage: 0.0, ..fine(position) };
            self.endpoint(&endpoint.hit(&["telemetry-missing"], Remedy::default()));
            self.endpoint(&Endpoint { coverage: 0.81, ..fine(position) });
        }
    }
}
