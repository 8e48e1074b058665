//! What the exporter on each node says of its accelerators. In the middle of the window it is upgraded on the nodes of one
//! cloud: labels and one metric are spelt anew, and for an hour both versions answer.

use super::{
    super::{HOUR, Node, Owner, Pod, Sharing, Telemetry, World, load::noise, whole},
    DCGM_STEP, Spelling, TO, times,
};
use crate::kubernetes::{openmetrics::History, world::START};

/// Hour of the upgrade.
const UPGRADE: i64 = 170;

/// An exporter of one version.
struct Version {
    hours: (i64, i64),
    host: &'static str,
    engine: &'static str,
    /// Its own pod, which is another after the upgrade.
    exporter: &'static str,
}

const OLD: Version = Version {
    hours: (-48, UPGRADE + 1),
    host: "Hostname",
    engine: "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    exporter: "old",
};
const NEW: Version = Version {
    hours: (UPGRADE, 10_000),
    host: "hostname",
    engine: "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO",
    exporter: "new",
};
const ONLY: Version = Version { hours: (-48, 10_000), engine: OLD.engine, ..NEW };

pub(super) fn write(world: &World, spelling: Spelling, history: &mut History) {
    for (index, node) in world.nodes.iter().enumerate() {
        let pods: Vec<&Pod> = world.pods.iter().filter(|pod| pod.node == index).collect();
        let versions: &[Version] = if node.shape.provider == "aws" { &[OLD, NEW] } else { &[ONLY] };
        for gpu in 0..node.shape.gpus {
            let is_silent = match node.telemetry {
                Telemetry::Absent => true,
                Telemetry::WithoutGpu(without) => without == gpu,
                _ => false,
            };
            if !is_silent {
                for version in versions {
                    Gpu { world, index, node, number: gpu, version, spelling }
                        .write(&pods, history);
                }
            }
        }
    }
}

/// One accelerator as one version of the exporter sees it.
struct Gpu<'a> {
    world: &'a World,
    index: usize,
    node: &'a Node,
    number: usize,
    version: &'a Version,
    spelling: Spelling,
}

impl Gpu<'_> {
    fn write(&self, pods: &[&Pod], history: &mut History) {
        if self.node.sharing == Sharing::Mig {
            for slice in 0..7 {
                let seat = self.number * 7 + slice;
                self.write_stretches(pods, seat, Some(slice), history);
            }
            return;
        }
        let seat = match self.node.sharing {
            Sharing::TimeSliced(replicas) => self.number * replicas,
            _ => self.number,
        };
        self.write_stretches(pods, seat, None, history);
    }

    /// The stretches in which one pod or none holds a seat, each a series of its own.
    fn write_stretches(
        &self,
        pods: &[&Pod],
        seat: usize,
        slice: Option<usize>,
        history: &mut History,
    ) {
        let mut holders: Vec<&Pod> =
            pods.iter().copied().filter(|pod| pod.seats.contains(&seat)).collect();
        holders.sort_by_key(|pod| pod.seconds);
        let lifetime = (self.node.hours.0 * HOUR, self.node.hours.1 * HOUR);
        let mut at = lifetime.0;
        for pod in holders {
            self.write_stretch((at, pod.seconds.0), None, slice, history);
            self.write_stretch(pod.seconds, Some(pod), slice, history);
            at = pod.seconds.1;
        }
        self.write_stretch((at, lifetime.1), None, slice, history);
    }

    fn write_stretch(
        &self,
        (from, to): (i64, i64),
        pod: Option<&Pod>,
        slice: Option<usize>,
        history: &mut History,
    ) {
        let hours = self.version.hours;
        let span = (from.max(hours.0 * HOUR), to.min(hours.1 * HOUR).min(TO));
        if times(span.0, span.1, DCGM_STEP, self.phase()).next().is_none() {
            return;
        }
        let owner = pod.map(|pod| &self.world.owners[pod.owner]);
        let (gpu, uuid) = (self.number.to_string(), self.uuid());
        let instance = format!("10.1.{}.{}:9400", self.index / 200, 10 + self.index % 200);
        let exporter = format!("dcgm-exporter-{}-{}", self.version.exporter, self.index);
        let device = format!("nvidia{}", self.number);
        let slice_id = slice.map(|slice| (slice + 7).to_string());
        let mut labels = vec![
            ("gpu", gpu.as_str()),
            ("UUID", &uuid),
            ("device", &device),
            ("modelName", self.node.shape.dcgm_model),
            (self.version.host, &self.node.name),
            ("instance", &instance),
            ("job", "dcgm-exporter"),
        ];
        if let Some(id) = &slice_id {
            labels.extend([("GPU_I_PROFILE", "1g.5gb"), ("GPU_I_ID", id.as_str())]);
        }
        let spelt = match self.spelling {
            Spelling::Exported => {
                labels.extend([("namespace", "gpu-operator"), ("pod", exporter.as_str())]);
                ["exported_namespace", "exported_pod", "exported_container"]
            }
            Spelling::Plain => ["namespace", "pod", "container"],
        };
        if let (Some(pod), Some(owner)) = (pod, owner)
            && self.node.telemetry != Telemetry::WithoutPods
        {
            let values = [owner.namespace.as_str(), &pod.name, "main"];
            labels.extend(spelt.into_iter().zip(values));
        }
        let load = |at: i64| self.util(owner, at);
        let mut add = |name: &str, value: &dyn Fn(i64) -> f64| {
            let times = times(span.0, span.1, DCGM_STEP, self.phase());
            let seen = times.filter(|at| self.is_seen(*at));
            history.series(name, &labels, seen.map(|at| (START + at, value(at))));
        };
        let used = move |at: i64| {
            let peak = owner.map_or(0.02, |owner| owner.mem_gib) * 1024.0;
            // It breathes a little, up to its peak.
            (peak * (0.97 + 0.03 * noise(at, 5))).min(peak).floor()
        };
        if slice.is_none() {
            add("DCGM_FI_DEV_GPU_UTIL", &|at| (load(at) * 100.0).round());
            add("DCGM_FI_DEV_POWER_USAGE", &|at| (28.0 + 250.0 * load(at)).round());
        }
        add(self.version.engine, &load);
        add("DCGM_FI_DEV_FB_USED", &used);
    }

    /// Utilisation at a moment: the level of the hour, five percent more or less.
    fn util(&self, owner: Option<&Owner>, at: i64) -> f64 {
        let level = owner.map_or(0.0, |owner| owner.load.level(at.div_euclid(HOUR)));
        let swing = 0.95 + 0.1 * noise(at, whole(self.index * 16 + self.number));
        ((level * swing).min(1.0) * 1e4).round() / 1e4
    }

    fn is_seen(&self, at: i64) -> bool {
        let hour = at.div_euclid(HOUR).rem_euclid(10);
        !matches!(self.node.telemetry, Telemetry::MissingTenths(tenths) if hour < tenths)
    }

    fn uuid(&self) -> String {
        format!("GPU-{:08x}-0000-4000-8000-{:012x}", self.index * 8 + self.number, self.index)
    }

    /// Scrapes of nodes do not fall together.
    fn phase(&self) -> i64 {
        905 + (whole(self.index) * 37) % 290
    }
}
