//! Which machine types have accelerators, and which: by the catalog, else by what the service says of them.

use std::collections::BTreeMap;

use super::PROVIDER;
use crate::{
    catalog::{Catalog, looks_accelerated},
    provider::{
        aws::ec2::wire::{Device, MachineType},
        gpu_model::canonical,
    },
};

const MIB_PER_GIB: f64 = 1024.0;

/// What a machine type with accelerators has. `None`: not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in super::super) struct Accelerated {
    /// Canonical model.
    pub(in super::super) gpu_model: Option<String>,
    /// Accelerators; fractions are parts of one.
    pub(in super::super) gpu_count: Option<f64>,
    pub(in super::super) gpu_mem_gib_per_gpu: Option<f64>,
    pub(in super::super) vcpu_count: Option<i64>,
    pub(in super::super) mem_gib: Option<f64>,
    /// Whether they are Trainium or Inferentia.
    pub(in super::super) is_neuron: bool,
}

/// Machine types with accelerators. The catalog wins: the service's own figures are wrong for some types, such as the memory
/// of Trainium2.
#[derive(Debug)]
pub(in super::super) struct Shapes<'a> {
    catalog: &'a Catalog,
    described: BTreeMap<String, Option<Accelerated>>,
}

impl<'a> Shapes<'a> {
    /// Those of the catalog.
    pub(in super::super) fn new(catalog: &'a Catalog) -> Self {
        Self { catalog, described: BTreeMap::new() }
    }

    /// Adds what the service says of others.
    pub(in super::super) fn add(&mut self, types: &[MachineType]) {
        self.described.extend(types.iter().map(|said| (said.name.clone(), described(said))));
    }

    /// Whether the catalog leaves a machine type open, so that the service has to be asked.
    pub(in super::super) fn is_open(&self, instance_type: &str) -> bool {
        self.catalog.shape(PROVIDER, instance_type).is_none()
    }

    /// What a machine type has. `None`: no accelerator. Where neither the catalog nor the service knows it, its name decides.
    pub(in super::super) fn of(&self, instance_type: &str) -> Option<Accelerated> {
        if let Some(shape) = self.catalog.shape(PROVIDER, instance_type) {
            return Some(Accelerated {
                gpu_model: Some(shape.gpu_model.clone()),
                gpu_count: Some(shape.gpu_count),
                gpu_mem_gib_per_gpu: shape.gpu_mem_gib_per_gpu,
                vcpu_count: shape.vcpu_count,
                mem_gib: shape.mem_gib,
                is_neuron: is_neuron(&shape.gpu_model),
            });
        }
        if let Some(described) = self.described.get(instance_type) {
            return described.clone();
        }
        looks_accelerated(PROVIDER, instance_type).then(|| Accelerated {
            is_neuron: ["inf", "trn"].iter().any(|family| instance_type.starts_with(family)),
            ..Accelerated::default()
        })
    }

    /// The same, for a machine type that may not be reported. A machine without a type is nothing we could judge.
    pub(in super::super) fn of_some(&self, instance_type: Option<&str>) -> Option<Accelerated> {
        self.of(instance_type?)
    }
}

fn is_neuron(model: &str) -> bool {
    ["Inferentia", "Trainium"].iter().any(|family| model.starts_with(family))
}

/// Accelerators as the service describes them. Inferentia is described twice, under its old and its new name: it counts once.
fn described(said: &MachineType) -> Option<Accelerated> {
    let (devices, is_neuron) = if !said.neuron_devices.is_empty() {
        (&said.neuron_devices, true)
    } else if !said.inference_devices.is_empty() {
        (&said.inference_devices, true)
    } else {
        (&said.gpus, false)
    };
    let first = devices.first()?;
    let mem_gib = |device: &Device| device.mem_mib.map(|mib| mib / MIB_PER_GIB);
    let model = |device: &Device| {
        canonical(device.name.as_deref().unwrap_or_default(), mem_gib(device)).map(str::to_owned)
    };
    let is_one_model = devices.iter().all(|device| model(device) == model(first));
    let counts: Option<Vec<f64>> = devices.iter().map(count).collect();
    Some(Accelerated {
        gpu_model: model(first).filter(|_| is_one_model),
        gpu_count: counts.map(|counts| counts.iter().sum()).filter(|count: &f64| *count > 0.0),
        gpu_mem_gib_per_gpu: mem_gib(first).filter(|_| is_one_model),
        vcpu_count: said.vcpu_count,
        #[expect(clippy::cast_precision_loss, reason = "no machine has exabytes")]
        mem_gib: said.mem_mib.map(|mib| mib as f64 / MIB_PER_GIB),
        is_neuron,
    })
}

/// Whole devices; of parts their sum.
fn count(device: &Device) -> Option<f64> {
    let of_parts = device.logical_count.zip(device.partition_ratio);
    match (of_parts, device.count) {
        (Some((count, ratio)), _) if ratio > 0.0 && ratio < 1.0 => Some(count * ratio),
        (_, Some(count)) if count > 0.0 => Some(count),
        _ => device.logical_count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, count: f64, mem_mib: f64) -> Device {
        Device {
            name: Some(name.to_owned()),
            count: Some(count),
            mem_mib: Some(mem_mib),
            ..Device::default()
        }
    }

    fn of(said: MachineType) -> Option<Accelerated> {
        let catalog = Catalog::embedded().unwrap();
        let mut shapes = Shapes::new(&catalog);
        let name = said.name.clone();
        shapes.add(&[said]);
        shapes.of(&name)
    }

    /// A machine type of tomorrow, as the service would describe it.
    fn new_type(gpus: Vec<Device>) -> MachineType {
        MachineType { name: "g9.xlarge".to_owned(), gpus, ..MachineType::default() }
    }

    #[test]
    fn a_type_that_is_newer_than_the_catalog_has_what_the_service_says() {
        let said = MachineType {
            vcpu_count: Some(48),
            mem_mib: Some(196_608),
            ..new_type(vec![device("L4", 4.0, 22_528.0)])
        };
        let expected = Accelerated {
            gpu_model: Some("L4".to_owned()),
            gpu_count: Some(4.0),
            gpu_mem_gib_per_gpu: Some(22.0),
            vcpu_count: Some(48),
            mem_gib: Some(192.0),
            is_neuron: false,
        };
        assert_eq!(of(said), Some(expected));
    }

    #[test]
    fn an_eighth_of_a_gpu_is_an_eighth() {
        let part = |count, logical, ratio| Device {
            logical_count: Some(logical),
            partition_ratio: Some(ratio),
            ..device("L4", count, 2861.0)
        };
        let count = |device| of(new_type(vec![device])).unwrap().gpu_count;
        assert_eq!(count(part(0.0, 1.0, 0.125)), Some(0.125));
        assert_eq!(count(part(0.0, 2.0, 0.5)), Some(1.0));
        assert_eq!(count(part(4.0, 4.0, 1.0)), Some(4.0));
    }

    #[test]
    fn inferentia_is_described_twice_and_counts_once() {
        let said = MachineType {
            name: "inf9.24xlarge".to_owned(),
            neuron_devices: vec![device("Inferentia2", 6.0, 32_768.0)],
            inference_devices: vec![device("Inferentia2", 6.0, 32_768.0)],
            ..MachineType::default()
        };
        let found = of(said).unwrap();
        assert_eq!((found.gpu_model.as_deref(), found.gpu_count), (Some("Inferentia2"), Some(6.0)));
        assert!(found.is_neuron);
    }

    #[test]
    fn the_catalog_is_right_about_trainium2_where_the_service_is_not() {
        let said = MachineType {
            name: "trn2.48xlarge".to_owned(),
            neuron_devices: vec![device("Trainium2", 16.0, 524_288.0)],
            ..MachineType::default()
        };
        let found = of(said).unwrap();
        assert_eq!(found.gpu_mem_gib_per_gpu, Some(96.0));
        assert_eq!(found.gpu_count, Some(16.0));
        assert!(found.is_neuron);
    }

    #[test]
    fn an_accelerator_that_nobody_knows_has_no_model_but_counts() {
        let found = of(new_type(vec![device("Z900", 2.0, 1024.0)])).unwrap();
        assert_eq!((found.gpu_model, found.gpu_count), (None, Some(2.0)));
    }

    #[test]
    fn two_kinds_of_accelerator_in_one_machine_have_no_one_model_and_no_one_memory() {
        let devices = vec![device("L4", 1.0, 22_528.0), device("A10G", 1.0, 22_888.0)];
        let found = of(new_type(devices)).unwrap();
        assert_eq!(
            (found.gpu_model, found.gpu_count, found.gpu_mem_gib_per_gpu),
            (None, Some(2.0), None)
        );
    }

    #[test]
    fn a_type_without_accelerators_has_none_whatever_its_name() {
        assert_eq!(of(new_type(Vec::new())), None);
        let catalog = Catalog::embedded().unwrap();
        let shapes = Shapes::new(&catalog);
        assert_eq!(shapes.of("m7i.large"), None);
        assert_eq!(shapes.of_some(None), None);
    }

    #[test]
    fn a_type_that_nobody_describes_is_accelerated_if_its_family_is_and_its_count_is_not_known() {
        let catalog = Catalog::embedded().unwrap();
        let shapes = Shapes::new(&catalog);
        assert!(shapes.is_open("p9.48xlarge") && !shapes.is_open("g5.xlarge"));
        assert_eq!(shapes.of("p9.48xlarge"), Some(Accelerated::default()));
        assert!(shapes.of("trn9.48xlarge").unwrap().is_neuron);
    }
}
