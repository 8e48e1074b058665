//! Machines, their types and their volumes.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    Filter, GpuDeviceInfo, InferenceDeviceInfo, Instance, InstanceTypeInfo, NeuronDeviceInfo, Tag,
    Volume as SdkVolume,
};

use super::FILTER_VALUE_COUNT;
use crate::provider::aws::{
    ec2::wire::{Device, Machine, MachineType, Volume},
    instant::instant,
    listed::Listed,
    seat::Seat,
};

/// Machine types described in one page.
const TYPES_PER_PAGE: i32 = 100;

/// All machines of the seat, a thousand a page. Those that services hide by default are billed as others are.
pub(in super::super) async fn machines(seat: &Seat) -> Listed<Machine> {
    let client = seat.ec2();
    let mut found = Vec::new();
    let asked = seat
        .pages(
            "ec2:DescribeInstances",
            |token| {
                let request = client.describe_instances().max_results(1000);
                request.include_managed_resources(true).set_next_token(token).send()
            },
            |page| {
                let reservations = page.reservations.unwrap_or_default();
                let machines =
                    reservations.into_iter().flat_map(|it| it.instances.unwrap_or_default());
                found.extend(machines.filter_map(machine));
                page.next_token
            },
        )
        .await;
    Listed::new(found, asked)
}

/// What the service says of some machine types. Those it does not know are left out.
pub(in super::super) async fn machine_types(seat: &Seat, names: &[&str]) -> Listed<MachineType> {
    let client = seat.ec2();
    let mut all = Listed::none();
    for names in names.chunks(FILTER_VALUE_COUNT) {
        let filter = filter("instance-type", names);
        let mut found = Vec::new();
        let asked = seat
            .pages(
                "ec2:DescribeInstanceTypes",
                |token| {
                    let request = client.describe_instance_types().max_results(TYPES_PER_PAGE);
                    request.filters(filter.clone()).set_next_token(token).send()
                },
                |page| {
                    let types = page.instance_types.unwrap_or_default();
                    found.extend(types.into_iter().filter_map(machine_type));
                    page.next_token
                },
            )
            .await;
        all.add(Listed::new(found, asked));
    }
    all
}

/// Volumes that are attached to some machines.
pub(in super::super) async fn volumes(seat: &Seat, instance_ids: &[&str]) -> Listed<Volume> {
    let client = seat.ec2();
    let mut all = Listed::none();
    for ids in instance_ids.chunks(FILTER_VALUE_COUNT) {
        let filter = filter("attachment.instance-id", ids);
        let mut found = Vec::new();
        let asked = seat
            .pages(
                "ec2:DescribeVolumes",
                |token| {
                    let request = client.describe_volumes().max_results(500);
                    request.filters(filter.clone()).set_next_token(token).send()
                },
                |page| {
                    let volumes = page.volumes.unwrap_or_default();
                    found.extend(volumes.into_iter().filter_map(volume));
                    page.next_token
                },
            )
            .await;
        all.add(Listed::new(found, asked));
    }
    all
}

fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

fn text(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    let pairs = tags.unwrap_or_default().into_iter();
    pairs.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

fn machine(said: Instance) -> Option<Machine> {
    let primary = said.network_interfaces().iter().filter_map(|it| it.attachment()).filter(|it| {
        it.device_index() == Some(0) && it.network_card_index().unwrap_or_default() == 0
    });
    let volumes = said.block_device_mappings().iter().filter_map(|it| it.ebs());
    let attached_at = primary
        .filter_map(|it| instant(it.attach_time()))
        .chain(volumes.filter_map(|it| instant(it.attach_time())))
        .collect();
    let placement = said.placement;
    let tenancy = placement.as_ref().and_then(|it| it.tenancy.as_ref());
    let tenancy = tenancy.map(|it| it.as_str().to_owned());
    Some(Machine {
        instance_id: text(said.instance_id)?,
        instance_type: said.instance_type.map(|it| it.as_str().to_owned()),
        state: said.state.and_then(|state| state.name).map(|it| it.as_str().to_owned()),
        lifecycle: said.instance_lifecycle.map(|it| it.as_str().to_owned()),
        capacity_block_id: text(said.capacity_block_id),
        capacity_reservation_id: text(said.capacity_reservation_id),
        platform: text(said.platform_details),
        usage_operation: text(said.usage_operation),
        tenancy,
        last_started_at: instant(said.launch_time.as_ref()),
        attached_at,
        transition_reason: text(said.state_transition_reason),
        zone: placement.and_then(|it| text(it.availability_zone)),
        private_dns_name: text(said.private_dns_name),
        tags: tags(said.tags),
    })
}

fn machine_type(said: InstanceTypeInfo) -> Option<MachineType> {
    let gpus = said.gpu_info.and_then(|it| it.gpus).unwrap_or_default();
    let neuron = said.neuron_info.and_then(|it| it.neuron_devices).unwrap_or_default();
    let inference =
        said.inference_accelerator_info.and_then(|it| it.accelerators).unwrap_or_default();
    Some(MachineType {
        name: said.instance_type?.as_str().to_owned(),
        gpus: gpus.into_iter().map(gpu).collect(),
        neuron_devices: neuron.into_iter().map(neuron_device).collect(),
        inference_devices: inference.into_iter().map(inference_device).collect(),
        vcpu_count: said.v_cpu_info.and_then(|it| it.default_v_cpus).map(i64::from),
        mem_mib: said.memory_info.and_then(|it| it.size_in_mib),
    })
}

fn gpu(said: GpuDeviceInfo) -> Device {
    Device {
        name: said.name,
        count: said.count.map(f64::from),
        logical_count: said.logical_gpu_count.map(f64::from),
        partition_ratio: said.gpu_partition_size,
        mem_mib: said.memory_info.and_then(|it| it.size_in_mib).map(f64::from),
    }
}

fn neuron_device(said: NeuronDeviceInfo) -> Device {
    Device {
        name: said.name,
        count: said.count.map(f64::from),
        mem_mib: said.memory_info.and_then(|it| it.size_in_mib).map(f64::from),
        ..Device::default()
    }
}

fn inference_device(said: InferenceDeviceInfo) -> Device {
    Device {
        name: said.name,
        count: said.count.map(f64::from),
        mem_mib: said.memory_info.and_then(|it| it.size_in_mib).map(f64::from),
        ..Device::default()
    }
}

fn volume(said: SdkVolume) -> Option<Volume> {
    let attachments = said.attachments.unwrap_or_default();
    Some(Volume {
        id: text(said.volume_id)?,
        state: said.state.map(|it| it.as_str().to_owned()),
        size_gib: said.size.map(i64::from),
        zone: text(said.availability_zone),
        created_at: instant(said.create_time.as_ref()),
        instance_ids: attachments.into_iter().filter_map(|it| text(it.instance_id)).collect(),
        tags: tags(said.tags),
    })
}
