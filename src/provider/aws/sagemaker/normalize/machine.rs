//! What is inside of a machine type. SageMaker's `ml.X` is the machine `X` of EC2.

use super::{Ground, agreed};
use crate::{catalog::Shape, frame::ResourceRow};

/// Families that have accelerators, by the letters before their number.
const ACCELERATED: [&str; 6] = ["p", "g", "gr", "inf", "trn", "dl"];

/// What machines have in common. What differs among them, or is not known of one, is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Machine {
    pub(super) instance_type: Option<String>,
    pub(super) gpu_model: Option<String>,
    pub(super) gpu_count: Option<f64>,
    pub(super) gpu_mem_gib_per_gpu: Option<f64>,
    pub(super) vcpu_count: Option<i64>,
    pub(super) mem_gib: Option<f64>,
}

impl Machine {
    /// Machines of these types; a type that is not known is `None`.
    pub(super) fn of(types: &[Option<&str>], ground: &Ground<'_>) -> Self {
        let shapes: Vec<Option<&Shape>> =
            types.iter().map(|name| shape(ground, name.as_deref()?)).collect();
        let common = shapes.iter().map(|shape| shape.as_ref());
        Self {
            instance_type: agreed(types.iter().map(|name| name.map(str::to_owned))),
            gpu_model: agreed(common.clone().map(|shape| Some(shape?.gpu_model.clone()))),
            gpu_count: agreed(common.clone().map(|shape| Some(shape?.gpu_count))),
            gpu_mem_gib_per_gpu: agreed(common.clone().map(|shape| shape?.gpu_mem_gib_per_gpu)),
            vcpu_count: agreed(common.clone().map(|shape| shape?.vcpu_count)),
            mem_gib: agreed(common.map(|shape| shape?.mem_gib)),
        }
    }

    /// A row of such machines.
    pub(super) fn fill(self, row: ResourceRow) -> ResourceRow {
        ResourceRow {
            instance_type: self.instance_type,
            gpu_model: self.gpu_model,
            gpu_count: self.gpu_count,
            gpu_mem_gib_per_gpu: self.gpu_mem_gib_per_gpu,
            vcpu_count: self.vcpu_count,
            mem_gib: self.mem_gib,
            ..row
        }
    }

    /// Whether the accelerators are Trainium or Inferentia.
    pub(super) fn is_neuron(&self, ground: &Ground<'_>) -> bool {
        let gpu = self.gpu_model.as_deref().and_then(|model| ground.catalog.gpu(model));
        gpu.is_some_and(|gpu| gpu.manufacturer == "aws")
    }
}

fn shape<'a>(ground: &Ground<'a>, instance_type: &str) -> Option<&'a Shape> {
    let of_ec2 = || ground.catalog.shape("aws", instance_type.strip_prefix("ml.")?);
    ground.catalog.shape("aws", instance_type).or_else(of_ec2)
}

/// Whether a machine type has accelerators, or is of a family that has.
pub(super) fn is_accelerated(instance_type: &str, ground: &Ground<'_>) -> bool {
    let name = instance_type.strip_prefix("ml.").unwrap_or(instance_type);
    let family = name.split('.').next().unwrap_or_default();
    let letters = family.find(|sign: char| sign.is_ascii_digit()).map(|at| &family[..at]);
    shape(ground, instance_type).is_some()
        || letters.is_some_and(|letters| ACCELERATED.contains(&letters))
}
