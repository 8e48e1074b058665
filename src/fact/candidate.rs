//! Which other machine types would do: the cheapest shape of the same service and region that still fits.

use super::demand::Demand;
use crate::{
    catalog::{Catalog, Gpu, Shape},
    settings::Policy,
};

/// Host memory of a candidate, per accelerator, against the current machine's: nobody measures main memory, so half of
/// what is there today must stay.
const HOST_MEMORY_RATIO: f64 = 0.5;
/// CPU kept free above the measured 95th percentile.
const HOST_CPU_HEADROOM_RATIO: f64 = 0.25;
/// A candidate for "no less memory" may have this much less: drivers report a little under the nominal size.
const SAME_MEMORY_RATIO: f64 = 0.95;
/// A successor may have this much less memory bandwidth.
const SAME_BANDWIDTH_RATIO: f64 = 0.9;

/// A machine as it is, and what its load needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Current<'a> {
    /// Region it runs in; advice stays there.
    pub region: &'a str,
    /// Its shape.
    pub shape: &'a Shape,
    /// Whether it costs what lists say. If not, nobody knows what another machine type would cost as the same variant.
    pub has_list_price: bool,
    /// Its accelerator.
    pub gpu: &'a Gpu,
    /// Highest memory in use on any accelerator. `None`: not known.
    pub mem_used_max_gib: Option<f64>,
    /// The compute in use.
    pub demand: Demand,
    /// 95th percentile of the CPU. `None`: not known.
    pub cpu_util_p95_ratio: Option<f64>,
}

/// A machine type that would do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fit {
    /// The machine type.
    pub instance_type: String,
    /// Its accelerator.
    pub gpu_model: String,
    /// Its accelerators.
    pub gpu_count: f64,
    /// Its price ÷ the current one, both on demand. `None`: a price is missing.
    pub price_ratio: Option<f64>,
    /// Its compute ÷ the current one. `None`: not published.
    pub speed_ratio: Option<f64>,
    /// Accelerator memory free at the peak. `None`: the peak is not known.
    pub headroom_ratio: Option<f64>,
    /// How much longer bursts inside an hour take there: 1 if no longer. `None`: they are not known.
    pub burst_stretch_ratio: Option<f64>,
    /// Number formats that the current accelerator computes in and its own does not.
    pub lost_formats: &'static str,
}

/// A share of an accelerator that would do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShareFit {
    /// Share of the accelerator that it costs.
    pub ratio: f64,
    /// What it is called.
    pub name: String,
    /// How much longer bursts inside an hour take there: 1 if no longer. `None`: they are not known.
    pub burst_stretch_ratio: Option<f64>,
}

/// A share of an accelerator: of its compute, which it is paid by, and of its memory.
struct Profile {
    name: &'static str,
    compute_ratio: f64,
    mem_ratio: f64,
}

const fn profile(name: &'static str, compute_ratio: f64, mem_ratio: f64) -> Profile {
    Profile { name, compute_ratio, mem_ratio }
}

/// Profiles of accelerators with seven slices (A100, H100), smallest first (NVIDIA MIG user guide).
const SEVEN_SLICES: [Profile; 4] = [
    profile("a MIG slice 1g", 1.0 / 7.0, 0.125),
    profile("a MIG slice 2g", 2.0 / 7.0, 0.25),
    profile("a MIG slice 3g", 3.0 / 7.0, 0.5),
    profile("a MIG slice 4g", 4.0 / 7.0, 0.5),
];
/// Profiles of accelerators with four slices (A30, RTX PRO 6000).
const FOUR_SLICES: [Profile; 2] =
    [profile("a MIG slice 1g", 0.25, 0.25), profile("a MIG slice 2g", 0.5, 0.5)];
/// Shares by time-slicing. Memory is not kept apart, so each takes no more than its part.
const TIME_SLICES: [Profile; 2] =
    [profile("a quarter by time-slicing", 0.25, 0.25), profile("a half by time-slicing", 0.5, 0.5)];

/// The MIG profiles of an accelerator. `None`: it has no MIG.
fn mig_profiles(gpu: &Gpu) -> Option<&'static [Profile]> {
    match gpu.mig_slice_max_count? {
        7 => Some(&SEVEN_SLICES),
        4 => Some(&FOUR_SLICES),
        _ => None,
    }
}

/// The smallest profile with enough memory and compute.
fn smallest(
    profiles: &'static [Profile],
    gpu_mem_gib: f64,
    need_gib: f64,
    demand: Demand,
) -> Option<ShareFit> {
    let fit = demand.needs().into_iter().find_map(|need_ratio| {
        profiles.iter().find(|profile| {
            profile.mem_ratio * gpu_mem_gib >= need_gib && profile.compute_ratio >= need_ratio
        })
    })?;
    Some(ShareFit {
        ratio: fit.compute_ratio,
        name: fit.name.to_owned(),
        burst_stretch_ratio: demand.burst_stretch_ratio(fit.compute_ratio),
    })
}

/// Finds substitutes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidates<'a> {
    /// What can be bought.
    pub catalog: &'a Catalog,
    /// What may be advised.
    pub policy: &'a Policy,
}

/// Substitutes of one machine: shapes that would stand in for its host, whatever their accelerators.
#[derive(Debug, Clone)]
pub(super) struct Substitutes<'a> {
    candidates: Candidates<'a>,
    current: Current<'a>,
    shapes: Vec<(&'a Shape, &'a Gpu)>,
}

impl<'a> Candidates<'a> {
    /// The shapes that would stand in for a machine. Most are ruled out whatever is looked for, so once for all.
    pub(super) fn of(self, current: Current<'a>) -> Substitutes<'a> {
        let shapes = self
            .catalog
            .shapes_of(&current.shape.provider)
            .filter(|shape| self.is_substitute(current, shape))
            .filter_map(|shape| Some((shape, self.catalog.gpu(&shape.gpu_model)?)))
            .collect();
        Substitutes { candidates: self, current, shapes }
    }

    /// Smallest share of an accelerator that holds a peak and carries a load: a MIG slice or, where the accelerator has
    /// none, a half or a quarter by time-slicing. `None`: no share does, or something is not known.
    pub(super) fn share_fit(
        &self,
        gpu: &Gpu,
        gpu_mem_gib: Option<f64>,
        mem_used_max_gib: Option<f64>,
        demand: Demand,
    ) -> Option<ShareFit> {
        let need_gib = self.with_headroom(mem_used_max_gib?);
        smallest(mig_profiles(gpu).unwrap_or(&TIME_SLICES), gpu_mem_gib?, need_gib, demand)
    }

    fn with_headroom(&self, mem_gib: f64) -> f64 {
        mem_gib * (1.0 + self.policy.mem_headroom_ratio)
    }

    /// Same service, same processor architecture, approved family, enough of a host.
    fn is_substitute(&self, current: Current<'_>, shape: &Shape) -> bool {
        // Cheap questions first: they rule out most shapes.
        if !shape.is_target
            || shape.instance_type == current.shape.instance_type
            || shape.service() != current.shape.service()
            || shape.cpu_architecture != current.shape.cpu_architecture
            || !self.policy.approves_machine(Some(&shape.family), &shape.instance_type)
        {
            return false;
        }
        let cpu_need = current.shape.vcpu_count.map(|vcpus| match current.cpu_util_p95_ratio {
            Some(p95) => vcpus as f64 * p95 * (1.0 + HOST_CPU_HEADROOM_RATIO),
            None => vcpus as f64,
        });
        let cpu_is_enough = match (cpu_need, shape.vcpu_count) {
            (Some(need), Some(vcpus)) => {
                vcpus as f64 * current.shape.device_count()
                    >= need * shape.device_count().min(current.shape.device_count())
            }
            _ => false,
        };
        let per_device = |shape: &Shape| shape.mem_gib.map(|gib| gib / shape.device_count());
        let memory_is_enough = per_device(shape)
            .zip(per_device(current.shape))
            .is_some_and(|(new, now)| new >= now * HOST_MEMORY_RATIO);
        cpu_is_enough && memory_is_enough
    }
}

impl Substitutes<'_> {
    /// Smaller accelerator memory that holds the peak with headroom, and is fast enough.
    pub(super) fn memory_fit(&self) -> Option<Fit> {
        let current = self.current;
        let now_gib = current.gpu_mem_gib()?;
        self.carrying(|shape, _| {
            shape.device_count() >= current.shape.device_count()
                && shape.gpu_mem_gib_per_gpu.is_some_and(|gib| gib < now_gib * SAME_MEMORY_RATIO)
                && self.holds(shape)
        })
    }

    /// No less memory, slower, and still fast enough.
    pub(super) fn compute_fit(&self) -> Option<Fit> {
        let current = self.current;
        let now_gib = current.gpu_mem_gib()?;
        let now_tflops = device_tflops(current.shape, current.gpu)?;
        self.carrying(|shape, gpu| {
            shape.device_count() >= current.shape.device_count()
                && shape.gpu_mem_gib_per_gpu.is_some_and(|gib| gib >= now_gib * SAME_MEMORY_RATIO)
                && device_tflops(shape, gpu).is_some_and(|tflops| tflops < now_tflops)
        })
    }

    /// Holds the peak and carries the load, whatever its size.
    pub(super) fn any_fit(&self) -> Option<Fit> {
        let now_count = self.current.shape.device_count();
        self.carrying(|shape, _| shape.device_count() >= now_count && self.holds(shape))
    }

    /// Fewer accelerators of the same model.
    pub(super) fn count_fit(&self, busy_count: f64) -> Option<Fit> {
        let current = self.current;
        self.cheapest(|shape, gpu| {
            gpu.gpu_model == current.gpu.gpu_model
                && shape.gpu_count >= busy_count.max(1.0)
                && shape.gpu_count < current.shape.gpu_count
        })
    }

    /// A newer generation that is no slower, no smaller and no thinner.
    pub(super) fn successor(&self) -> Option<Fit> {
        let current = self.current;
        let generation = current.gpu.generation?;
        let now_gib = current.gpu_mem_gib()?;
        let now_tflops = device_tflops(current.shape, current.gpu)?;
        let now_bandwidth = bandwidth(current.shape, current.gpu)?;
        self.cheapest(|shape, gpu| {
            gpu.generation.is_some_and(|newer| newer > generation)
                && shape.device_count() >= current.shape.device_count()
                && shape.gpu_mem_gib_per_gpu.is_some_and(|gib| gib >= now_gib * SAME_MEMORY_RATIO)
                && device_tflops(shape, gpu).is_some_and(|tflops| tflops >= now_tflops)
                && bandwidth(shape, gpu)
                    .is_some_and(|gb| gb >= now_bandwidth * SAME_BANDWIDTH_RATIO)
        })
    }

    /// Smallest MIG slice that holds the peak and carries the load.
    pub(super) fn mig_fit(&self) -> Option<ShareFit> {
        let current = self.current;
        let profiles = mig_profiles(current.gpu)?;
        let need_gib = self.candidates.with_headroom(current.mem_used_max_gib?);
        smallest(profiles, current.gpu_mem_gib()?, need_gib, current.demand)
    }

    fn holds(&self, shape: &Shape) -> bool {
        let need = self.current.mem_used_max_gib.map(|gib| self.candidates.with_headroom(gib));
        matches!((need, shape.gpu_mem_gib_per_gpu), (Some(need), Some(gib)) if gib >= need)
    }

    /// The cheapest that carries the load. What only carries the hours counts if nothing that saves money carries the bursts.
    fn carrying(&self, fits: impl Fn(&Shape, &Gpu) -> bool) -> Option<Fit> {
        let current = self.current;
        let needs = current.demand.needs();
        let (&last, better) = needs.split_last()?;
        let cheapest = |need_ratio| {
            self.cheapest(|shape, gpu| {
                fits(shape, gpu)
                    && compute_ratio(current, shape, gpu).is_some_and(|ratio| ratio >= need_ratio)
            })
        };
        let saves = |fit: &Fit| fit.price_ratio.is_some_and(|ratio| ratio < 1.0);
        better
            .iter()
            .find_map(|&need_ratio| cheapest(need_ratio).filter(saves))
            .or_else(|| cheapest(last))
    }

    fn cheapest(&self, fits: impl Fn(&Shape, &Gpu) -> bool) -> Option<Fit> {
        let current = self.current;
        let price = |shape: &Shape| {
            self.candidates
                .catalog
                .price(&shape.provider, current.region, &shape.instance_type, "on_demand")
                .map(|price| price.usd_per_hour)
        };
        let now_usd = price(current.shape).filter(|_| current.has_list_price);
        let (shape, gpu, usd) = self
            .shapes
            .iter()
            .copied()
            .filter(|(shape, gpu)| fits(shape, gpu) && is_same_world(current, shape, gpu))
            .filter_map(|(shape, gpu)| Some((shape, gpu, price(shape)?)))
            .min_by(|a, b| a.2.total_cmp(&b.2))?;
        let speed = device_tflops(shape, gpu)
            .zip(device_tflops(current.shape, current.gpu))
            .map(|(new, now)| new * shape.device_count() / (now * current.shape.device_count()));
        let headroom = shape
            .gpu_mem_gib_per_gpu
            .zip(current.mem_used_max_gib)
            .map(|(gib, used)| (1.0 - used / gib).max(0.0));
        Some(Fit {
            instance_type: shape.instance_type.clone(),
            gpu_model: shape.gpu_model.clone(),
            gpu_count: shape.gpu_count,
            price_ratio: now_usd.map(|now| usd / now),
            speed_ratio: speed,
            headroom_ratio: headroom,
            burst_stretch_ratio: compute_ratio(current, shape, gpu)
                .and_then(|ratio| current.demand.burst_stretch_ratio(ratio)),
            lost_formats: lost_formats(current.gpu, gpu),
        })
    }
}

impl Current<'_> {
    fn gpu_mem_gib(&self) -> Option<f64> {
        self.shape.gpu_mem_gib_per_gpu
    }
}

/// Same maker (other makers need other builds), and no step from `NVLink` to `PCIe` where several accelerators work together.
fn is_same_world(current: Current<'_>, shape: &Shape, gpu: &Gpu) -> bool {
    let is_linked = |gpu: &Gpu| {
        gpu.interconnect.as_deref().is_some_and(|link| link != "pcie" && link != "nvlink-bridge")
    };
    gpu.manufacturer == current.gpu.manufacturer
        && (shape.device_count() < 2.0 || !is_linked(current.gpu) || is_linked(gpu))
}

/// What a shape's accelerators have of the current ones: of compute or of memory bandwidth, whichever is less.
///
/// Bandwidth in use is not measured by every source; utilisation is its upper bound, so one share stands for both.
fn compute_ratio(current: Current<'_>, shape: &Shape, gpu: &Gpu) -> Option<f64> {
    let tflops = device_tflops(shape, gpu)? / device_tflops(current.shape, current.gpu)?;
    let bandwidth = bandwidth(shape, gpu)? / bandwidth(current.shape, current.gpu)?;
    Some(tflops.min(bandwidth))
}

/// FP16 throughput of one device; a slice has its share.
fn device_tflops(shape: &Shape, gpu: &Gpu) -> Option<f64> {
    gpu.fp16_tflops.map(|tflops| tflops * shape.gpu_count.min(1.0))
}

fn bandwidth(shape: &Shape, gpu: &Gpu) -> Option<f64> {
    gpu.bandwidth_gb_per_second.map(|gb| gb * shape.gpu_count.min(1.0))
}

/// Number formats of one accelerator that another one lacks, in words.
fn lost_formats(now: &Gpu, new: &Gpu) -> &'static str {
    let is_lost = |now: Option<f64>, new: Option<f64>| now.is_some() && new.is_none();
    match (is_lost(now.bf16_tflops, new.bf16_tflops), is_lost(now.fp8_tflops, new.fp8_tflops)) {
        (false, false) => "none",
        (true, false) => "BF16",
        (false, true) => "FP8",
        (true, true) => "BF16 and FP8",
    }
}
