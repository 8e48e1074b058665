//! Machines of the made cluster. Prices were looked up in the built-in catalog by hand, so that a wrong look-up shows.

/// A type of machine.
#[derive(Debug)]
pub(crate) struct Shape {
    /// `aws`, `gcp`, or nobody's.
    pub(crate) provider: &'static str,
    pub(crate) region: &'static str,
    pub(crate) instance_type: &'static str,
    pub(crate) gpus: usize,
    /// As the exporter names the model.
    pub(crate) dcgm_model: &'static str,
    /// As feature discovery labels it.
    pub(crate) product: &'static str,
    /// Memory of an accelerator.
    pub(crate) gpu_mib: f64,
    pub(crate) vcpus: f64,
    pub(crate) mem_gib: f64,
    /// Dollars for an hour on demand, and on spot.
    pub(crate) usd: f64,
    pub(crate) spot_usd: f64,
}

/// A type of machine, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Machine {
    G5,
    G5Quad,
    G6,
    G6Quad,
    P4d,
    G2,
    G2Quad,
    A2,
    Rack,
}

impl Machine {
    /// What it is.
    pub(crate) fn shape(self) -> &'static Shape {
        match self {
            Self::G5 => &G5,
            Self::G5Quad => &G5_QUAD,
            Self::G6 => &G6,
            Self::G6Quad => &G6_QUAD,
            Self::P4d => &P4D,
            Self::G2 => &G2,
            Self::G2Quad => &G2_QUAD,
            Self::A2 => &A2,
            Self::Rack => &RACK,
        }
    }
}

const A10G: Shape = Shape {
    provider: "aws",
    region: "us-east-1",
    instance_type: "",
    gpus: 1,
    dcgm_model: "NVIDIA A10G",
    product: "NVIDIA-A10G",
    gpu_mib: 22_888.0,
    vcpus: 4.0,
    mem_gib: 16.0,
    usd: 0.0,
    spot_usd: 0.0,
};
const L4: Shape =
    Shape { dcgm_model: "NVIDIA L4", product: "NVIDIA-L4", gpu_mib: 23_034.0, ..A10G };
const A100: Shape = Shape {
    dcgm_model: "NVIDIA A100-SXM4-40GB",
    product: "NVIDIA-A100-SXM4-40GB",
    gpu_mib: 40_960.0,
    vcpus: 96.0,
    mem_gib: 1152.0,
    ..A10G
};

static G5: Shape = Shape { instance_type: "g5.xlarge", usd: 1.006, spot_usd: 0.41246, ..A10G };
static G5_QUAD: Shape = Shape {
    instance_type: "g5.12xlarge",
    gpus: 4,
    vcpus: 48.0,
    mem_gib: 192.0,
    usd: 5.672,
    spot_usd: 2.38224,
    ..A10G
};
static G6: Shape = Shape { instance_type: "g6.xlarge", usd: 0.8048, spot_usd: 0.410_448, ..L4 };
static G6_QUAD: Shape = Shape {
    instance_type: "g6.12xlarge",
    gpus: 4,
    vcpus: 48.0,
    mem_gib: 192.0,
    usd: 4.6016,
    spot_usd: 1.886_656,
    ..L4
};
static P4D: Shape =
    Shape { instance_type: "p4d.24xlarge", gpus: 8, usd: 21.957_642, spot_usd: 7.246_022, ..A100 };
static G2: Shape = Shape {
    provider: "gcp",
    region: "us-central1",
    instance_type: "g2-standard-4",
    usd: 0.706_832,
    spot_usd: 0.397_336,
    ..L4
};
static G2_QUAD: Shape = Shape {
    provider: "gcp",
    region: "us-central1",
    instance_type: "g2-standard-48",
    gpus: 4,
    vcpus: 48.0,
    mem_gib: 192.0,
    usd: 4.001_665,
    spot_usd: 2.249_632,
    ..L4
};
static A2: Shape = Shape {
    provider: "gcp",
    region: "us-central1",
    instance_type: "a2-highgpu-1g",
    vcpus: 12.0,
    mem_gib: 85.0,
    usd: 3.673_385,
    spot_usd: 1.928_02,
    ..A100
};
/// A machine of one's own: its price per accelerator stands in the settings.
static RACK: Shape = Shape {
    provider: "",
    region: "",
    instance_type: "",
    gpus: 8,
    dcgm_model: "NVIDIA H100 80GB HBM3",
    product: "NVIDIA-H100-80GB-HBM3",
    gpu_mib: 81_559.0,
    vcpus: 224.0,
    mem_gib: 2048.0,
    usd: 8.0 * RACK_USD_PER_GPU_HOUR,
    spot_usd: 8.0 * RACK_USD_PER_GPU_HOUR,
};
/// What the settings say of it.
pub(crate) const RACK_USD_PER_GPU_HOUR: f64 = 2.5;
