//! Machine types: what is in them and what they cost. On demand as published for 2026, spot as of a made market.

/// A machine type.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) gpu: &'static str,
    pub(crate) gpus: usize,
    /// Of each.
    pub(crate) gpu_gib: f64,
    pub(crate) vcpus: u32,
    pub(crate) mem_gib: u32,
    /// Dollars for an hour on demand, by region. Zero where it is not sold.
    pub(crate) usd: [f64; 2],
    /// The same as spot capacity.
    pub(crate) spot_usd: [f64; 2],
}

const fn shape(
    name: &'static str,
    (gpu, gpus, gpu_gib): (&'static str, usize, f64),
    (vcpus, mem_gib): (u32, u32),
    usd: [f64; 2],
    spot_usd: [f64; 2],
) -> Shape {
    Shape { name, gpu, gpus, gpu_gib, vcpus, mem_gib, usd, spot_usd }
}

const A10G: (&str, usize, f64) = ("NVIDIA A10G", 1, 22.35);
const A10G_4: (&str, usize, f64) = ("NVIDIA A10G", 4, 22.35);
const L4: (&str, usize, f64) = ("NVIDIA L4", 1, 22.35);
const L40S: (&str, usize, f64) = ("NVIDIA L40S", 1, 44.7);
const A100_8: (&str, usize, f64) = ("NVIDIA A100-SXM4-40GB", 8, 40.0);
const H100_8: (&str, usize, f64) = ("NVIDIA H100 80GB HBM3", 8, 80.0);

/// One A10G.
pub(crate) static G5: Shape = shape("g5.xlarge", A10G, (4, 16), [1.006, 1.123], [0.4125, 0.4941]);
/// One A10G in a larger host.
pub(crate) static G5_LARGER: Shape =
    shape("g5.2xlarge", A10G, (8, 32), [1.212, 1.352_96], [0.5090, 0.6224]);
/// Four A10G.
pub(crate) static G5_QUAD: Shape =
    shape("g5.12xlarge", A10G_4, (48, 192), [5.672, 6.331_67], [2.3822, 2.7859]);
/// One L4.
pub(crate) static G6: Shape = shape("g6.xlarge", L4, (4, 16), [0.8048, 0.0], [0.3500, 0.0]);
/// One L40S.
pub(crate) static G6E: Shape = shape("g6e.xlarge", L40S, (4, 32), [1.861, 0.0], [0.7816, 0.0]);
/// Eight A100.
pub(crate) static P4D: Shape =
    shape("p4d.24xlarge", A100_8, (96, 1152), [21.957_642, 23.715_69], [7.2460, 15.6524]);
/// Eight H100.
pub(crate) static P5: Shape =
    shape("p5.48xlarge", H100_8, (192, 2048), [55.04, 0.0], [26.4192, 0.0]);

/// A type that nobody has heard of: it came out after everything else here was written.
pub(crate) static NOVEL: Shape =
    shape("g99.xlarge", ("NVIDIA N1", 1, 96.0), (8, 64), [2.5, 2.75], [0.9, 1.1]);

/// All of them.
pub(crate) static ALL: [&Shape; 8] = [&G5, &G5_LARGER, &G5_QUAD, &G6, &G6E, &P4D, &P5, &NOVEL];

/// Dollars for an hour of a machine of SageMaker, the same for all that it does.
pub(crate) fn sagemaker_usd(name: &str) -> f64 {
    match name {
        "ml.g5.xlarge" => 1.4084,
        "ml.g5.2xlarge" => 1.515,
        "ml.g5.12xlarge" => 7.09,
        "ml.g6e.xlarge" => 2.4193,
        "ml.p5.48xlarge" => 63.296,
        _ => panic!("no price of {name}"),
    }
}

/// The machine of EC2 in it.
pub(crate) fn of_sagemaker(name: &str) -> &'static Shape {
    let plain = name.strip_prefix("ml.");
    ALL.into_iter().find(|shape| Some(shape.name) == plain).unwrap_or_else(|| panic!("{name}?"))
}
