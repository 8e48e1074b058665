//! Endpoints, their variants and configurations, and the models that share them.

use aws_sdk_sagemaker::{
    operation::{
        describe_endpoint::DescribeEndpointOutput,
        describe_endpoint_config::DescribeEndpointConfigOutput,
        describe_inference_component::DescribeInferenceComponentOutput,
    },
    types::{
        AcceleratorPartitionLayout, CapacityReservationPreference, ManagedInstanceScalingStatus,
        ProductionVariant, ProductionVariantManagedInstanceScaling,
        ProductionVariantServerlessConfig, ProductionVariantSummary,
    },
};

use super::{
    Noted, PAGE_SIZE, Reader, instant,
    several::{Said, each},
};
use crate::{
    provider::{
        aws::{
            listed::once,
            sagemaker::wire::{
                Component, ConfigVariant, Endpoint, ManagedScaling, Pool, Reservation, Scaling,
                Serverless, Variant,
            },
        },
        call::CallError,
    },
    snapshot::Gap,
};

/// Endpoints and all that acts on them.
#[derive(Debug, Default)]
pub(super) struct Served {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) components: Option<Vec<Component>>,
    pub(super) scaling: Scaling,
}

impl Reader<'_> {
    /// All endpoints. Where there are none, nothing else is asked.
    pub(super) async fn endpoints(&self) -> Noted<Served> {
        let mut gaps = Vec::new();
        let listed = self.listed_endpoints(&mut gaps).await;
        if listed.is_empty() {
            return (Served::default(), gaps);
        }
        let mut endpoints = self.described_endpoints(listed, &mut gaps).await;
        self.add_configs(&mut endpoints, &mut gaps).await;
        let arns: Vec<String> = endpoints.iter().map(|endpoint| endpoint.arn.clone()).collect();
        for (endpoint, tags) in endpoints.iter_mut().zip(self.tags(&arns, &mut gaps).await) {
            endpoint.tags = tags;
        }
        let components = self.components(&mut gaps).await;
        let scaling = self.scaling(&mut gaps).await;
        (Served { endpoints, components, scaling }, gaps)
    }

    async fn listed_endpoints(&self, gaps: &mut Vec<Gap>) -> Vec<Endpoint> {
        let mut found = Vec::new();
        let send = |token| {
            self.client.list_endpoints().max_results(PAGE_SIZE).set_next_token(token).send()
        };
        let listed = self.seat.pages("sagemaker:ListEndpoints", send, |page| {
            for listed in page.endpoints.unwrap_or_default() {
                let status = listed.endpoint_status.map(|status| status.as_str().to_owned());
                let (Some(arn), Some(name)) = (listed.endpoint_arn, listed.endpoint_name) else {
                    continue;
                };
                found.push(Endpoint {
                    arn,
                    name,
                    status,
                    created_at: instant(listed.creation_time),
                    modified_at: instant(listed.last_modified_time),
                    ..Endpoint::default()
                });
            }
            page.next_token
        });
        self.note(listed.await, "model endpoints of this region", gaps);
        once(found, |endpoint| endpoint.arn.clone())
    }

    /// An endpoint that is gone is left out; one that cannot be described is kept as it was listed.
    async fn described_endpoints(
        &self,
        listed: Vec<Endpoint>,
        gaps: &mut Vec<Gap>,
    ) -> Vec<Endpoint> {
        let answers = each(&listed, |endpoint| self.endpoint(&endpoint.name)).await;
        let hides = "machines and state of endpoints";
        gaps.extend(answers.gap(self.seat, hides));
        let said = listed.into_iter().zip(answers.said);
        said.filter_map(|(listed, said)| match said {
            Said::This(described) => Some(described_endpoint(listed, described)),
            Said::Gone => None,
            Said::Nothing => Some(listed),
        })
        .collect()
    }

    async fn endpoint(&self, name: &str) -> Result<DescribeEndpointOutput, CallError> {
        let send = || self.client.describe_endpoint().endpoint_name(name).send();
        self.seat.ask("sagemaker:DescribeEndpoint", send).await
    }

    /// Several endpoints may have one configuration, and a configuration may be deleted while an endpoint runs.
    async fn add_configs(&self, endpoints: &mut [Endpoint], gaps: &mut Vec<Gap>) {
        let names = endpoints.iter().filter_map(|endpoint| endpoint.config_name.clone()).collect();
        let names = once(names, Clone::clone);
        let answers = each(&names, |name| self.endpoint_config(name)).await;
        gaps.extend(answers.gap(self.seat, "machine types of endpoints"));
        if answers.gone_count() > 0 {
            gaps.push(Gap {
                what: format!(
                    "{} configurations of endpoints of {}",
                    answers.gone_count(),
                    self.seat.name()
                ),
                because: "they were deleted while the endpoints run".to_owned(),
                hides: "machine types of these endpoints, so that their size cannot be judged"
                    .to_owned(),
                remedy: "update the endpoints to a configuration that exists".to_owned(),
            });
        }
        let configs: Vec<_> = names.iter().zip(answers.known()).collect();
        for endpoint in endpoints {
            let known =
                configs.iter().find(|(name, _)| Some(*name) == endpoint.config_name.as_ref());
            endpoint.config = known.and_then(|(_, config)| config.clone());
        }
    }

    async fn endpoint_config(&self, name: &str) -> Result<Vec<ConfigVariant>, CallError> {
        let send = || self.client.describe_endpoint_config().endpoint_config_name(name).send();
        let said: DescribeEndpointConfigOutput =
            self.seat.ask("sagemaker:DescribeEndpointConfig", send).await?;
        let variants = said.production_variants.unwrap_or_default().into_iter();
        let shadows = said.shadow_production_variants.unwrap_or_default();
        Ok(variants.chain(shadows).map(config_variant).collect())
    }

    /// Models on shared endpoints. `None`: not all of them are known.
    async fn components(&self, gaps: &mut Vec<Gap>) -> Option<Vec<Component>> {
        let mut names = Vec::new();
        let send = |token| {
            let list = self.client.list_inference_components().max_results(PAGE_SIZE);
            list.set_next_token(token).send()
        };
        let listed = self.seat.pages("sagemaker:ListInferenceComponents", send, |page| {
            let listed = page.inference_components.unwrap_or_default();
            names.extend(listed.into_iter().filter_map(|listed| listed.inference_component_name));
            page.next_token
        });
        let is_whole = self.note(listed.await, "models that share an endpoint", gaps);
        let names = once(names, Clone::clone);
        let answers = each(&names, |name| self.component(name)).await;
        let failed = answers.gap(self.seat, "what models hold of the endpoint they share");
        let is_whole = is_whole && failed.is_none();
        gaps.extend(failed);
        let known: Vec<Component> = answers.known().flatten().flatten().collect();
        is_whole.then_some(known)
    }

    async fn component(&self, name: &str) -> Result<Option<Component>, CallError> {
        let send =
            || self.client.describe_inference_component().inference_component_name(name).send();
        let said = self.seat.ask("sagemaker:DescribeInferenceComponent", send).await?;
        Ok(component(said))
    }
}

fn described_endpoint(listed: Endpoint, said: DescribeEndpointOutput) -> Endpoint {
    let variants = said.production_variants.unwrap_or_default().into_iter();
    let shadows = said.shadow_production_variants.unwrap_or_default().into_iter();
    let variants = variants.map(|summary| variant(summary, false));
    Endpoint {
        status: said.endpoint_status.map(|status| status.as_str().to_owned()).or(listed.status),
        created_at: instant(said.creation_time).or(listed.created_at),
        modified_at: instant(said.last_modified_time).or(listed.modified_at),
        is_asynchronous: Some(said.async_inference_config.is_some()),
        has_enhanced_metrics: said
            .metrics_config
            .is_some_and(|config| config.enable_enhanced_metrics == Some(true)),
        variants: variants.chain(shadows.map(|summary| variant(summary, true))).collect(),
        config_name: said.endpoint_config_name,
        ..listed
    }
}

fn variant(said: ProductionVariantSummary, is_shadow: bool) -> Variant {
    let images = said.deployed_images.unwrap_or_default().into_iter();
    let pools = said.instance_pools.unwrap_or_default().into_iter();
    Variant {
        name: said.variant_name.unwrap_or_default(),
        is_shadow,
        weight: said.current_weight,
        instance_count: said.current_instance_count,
        pools: pools
            .filter_map(|pool| {
                Some(Pool {
                    instance_type: pool.instance_type?.as_str().to_owned(),
                    instance_count: pool.current_instance_count,
                })
            })
            .collect(),
        serverless: said.current_serverless_config.as_ref().map(serverless),
        managed_scaling: said.managed_instance_scaling.as_ref().map(managed_scaling),
        reservation: said.capacity_reservation_config.map(|reserved| Reservation {
            arn: reserved.ml_reservation_arn,
            is_only: reserved.capacity_reservation_preference
                == Some(CapacityReservationPreference::CapacityReservationsOnly),
            used_count: reserved.used_by_current_endpoint,
        }),
        is_partitioned: is_partitioned(said.accelerator_partition_layouts.as_deref()),
        images: images.filter_map(|image| image.specified_image.or(image.resolved_image)).collect(),
    }
}

fn config_variant(said: ProductionVariant) -> ConfigVariant {
    let pools = said.instance_pools.unwrap_or_default().into_iter();
    ConfigVariant {
        name: said.variant_name.unwrap_or_default(),
        instance_type: said.instance_type.map(|name| name.as_str().to_owned()),
        pool_types: pools
            .filter_map(|pool| Some(pool.instance_type?.as_str().to_owned()))
            .collect(),
        serverless: said.serverless_config.as_ref().map(serverless),
        managed_scaling: said.managed_instance_scaling.as_ref().map(managed_scaling),
        is_partitioned: is_partitioned(said.accelerator_partition_layouts.as_deref()),
    }
}

fn serverless(said: &ProductionVariantServerlessConfig) -> Serverless {
    Serverless { provisioned_count: said.provisioned_concurrency }
}

fn managed_scaling(said: &ProductionVariantManagedInstanceScaling) -> ManagedScaling {
    ManagedScaling {
        is_enabled: said.status == Some(ManagedInstanceScalingStatus::Enabled),
        min_count: said.min_instance_count,
        max_count: said.max_instance_count,
    }
}

fn is_partitioned(layouts: Option<&[AcceleratorPartitionLayout]>) -> bool {
    layouts.is_some_and(|layouts| !layouts.is_empty())
}

fn component(said: DescribeInferenceComponentOutput) -> Option<Component> {
    let specification = said.specification.as_ref();
    let wanted = specification.and_then(|wanted| wanted.compute_resource_requirements.as_ref());
    let image = specification
        .and_then(|wanted| wanted.container.as_ref()?.deployed_image.as_ref())
        .and_then(|image| image.specified_image.clone());
    Some(Component {
        gpu_count: wanted.and_then(|wanted| wanted.number_of_accelerator_devices_required),
        is_partitioned: wanted.is_some_and(|wanted| wanted.accelerator_partition_type.is_some()),
        mem_mib: wanted.and_then(|wanted| wanted.min_memory_required_in_mb),
        image,
        arn: said.inference_component_arn?,
        name: said.inference_component_name?,
        endpoint_name: said.endpoint_name?,
        variant_name: said.variant_name.unwrap_or_default(),
        created_at: instant(said.creation_time),
        copy_count: said.runtime_config.and_then(|config| config.current_copy_count),
    })
}
