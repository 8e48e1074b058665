//! Accelerators, machine shapes and list prices: compiled in, replaced by `--catalog DIR`.
//!
//! "No price" is `None`, never 0. Every figure carries the day it was true and where it was read.

mod family;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::{finding::hex, frame::PriceRow};

pub use family::looks_accelerated;

const GPUS: &str = include_str!("gpus.csv");
const SHAPES: &str = include_str!("shapes.csv");
const PRICES: &str = include_str!("prices.csv");

/// An accelerator model. Throughputs are dense, without sparsity.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// Canonical name, such as `A100-40GB`.
    pub gpu_model: String,
    /// `nvidia`, `amd`, `aws`, `google`, ….
    pub manufacturer: String,
    /// Comparable among NVIDIA models: 5 Turing, 6 Ampere, 7 Ada, 8 Hopper, 9 Blackwell.
    pub generation: Option<u8>,
    /// Year of release.
    pub released_year: Option<u16>,
    /// Memory of one device.
    pub gpu_mem_gib: Option<f64>,
    /// Memory bandwidth, decimal GB/s.
    pub bandwidth_gb_per_second: Option<f64>,
    /// FP16 throughput.
    pub fp16_tflops: Option<f64>,
    /// BF16 throughput; none where the type is not supported.
    pub bf16_tflops: Option<f64>,
    /// INT8 throughput, tera-operations per second.
    pub int8_tops: Option<f64>,
    /// FP8 throughput; none where the type is not supported.
    pub fp8_tflops: Option<f64>,
    /// Board power.
    pub tdp_watts: Option<f64>,
    /// Most MIG slices; none without MIG.
    pub mig_slice_max_count: Option<u8>,
    /// CUDA compute capability, as text.
    pub compute_capability: Option<String>,
    /// `pcie`, `nvlink`, ….
    pub interconnect: Option<String>,
    /// The newer model of the same class.
    pub successor_gpu_model: Option<String>,
    /// Day the figures were true.
    pub as_of: Date,
    /// Where they were read.
    pub source: String,
}

/// A machine type.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// `aws`, `azure`, `gcp`.
    pub provider: String,
    /// The provider's spelling.
    pub instance_type: String,
    /// Accelerator.
    pub gpu_model: String,
    /// Accelerators; fractions are slices of one.
    pub gpu_count: f64,
    /// Memory of one device as the machine sees it.
    pub gpu_mem_gib_per_gpu: Option<f64>,
    /// Virtual CPUs.
    pub vcpu_count: Option<i64>,
    /// Main memory.
    pub mem_gib: Option<f64>,
    /// `x86_64` or `arm64`.
    pub cpu_architecture: Option<String>,
    /// Family that policies name.
    pub family: String,
    /// Whether advice may move work to it; false for retired types.
    pub is_target: bool,
    /// Day the figures were true.
    pub as_of: Date,
    /// Where they were read.
    pub source: String,
}

impl Shape {
    /// Devices the machine sees: a slice is one device.
    pub fn device_count(&self) -> f64 {
        self.gpu_count.ceil().max(1.0)
    }

    /// The service that sells it: prices and jobs of one service do not apply to another.
    pub fn service(&self) -> Service {
        Service::of(&self.instance_type)
    }
}

/// Who sells a machine type, as far as substitution goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Plain machines.
    Compute,
    /// SageMaker's `ml.` types, dearer than the same machine on EC2.
    SageMaker,
}

impl Service {
    /// The service of a machine type.
    pub fn of(instance_type: &str) -> Self {
        if instance_type.starts_with("ml.") { Self::SageMaker } else { Self::Compute }
    }
}

/// A price of one machine for one hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    /// Dollars an hour, above 0.
    pub usd_per_hour: f64,
    /// Share of such machines reclaimed in a month.
    pub spot_interruption_monthly_ratio: Option<f64>,
    /// Day it was read.
    pub as_of: Date,
    /// Where it was read.
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceLine {
    provider: String,
    region: String,
    instance_type: String,
    purchase_option: String,
    price_usd_per_hour: f64,
    spot_interruption_monthly_ratio: Option<f64>,
    as_of: Date,
    source: String,
}

/// What can be bought, and what it is.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    gpus: BTreeMap<String, Gpu>,
    shapes: BTreeMap<String, BTreeMap<String, Shape>>,
    prices: Prices,
    sha256: String,
}

/// By provider, region, machine type and purchase option: nested, so that a look-up needs no key of its own.
type Prices = BTreeMap<String, BTreeMap<String, BTreeMap<String, BTreeMap<String, Price>>>>;

/// Why a catalog could not be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CatalogError {
    /// The folder lacks one of the three files, or it cannot be opened.
    #[error("catalog file `{}` cannot be read", path.display())]
    #[diagnostic(
        code(catalog::unreadable),
        help(
            "a catalog folder holds gpus.csv, shapes.csv and prices.csv; copy the built-in ones from src/catalog"
        )
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line does not fit the columns.
    #[error("catalog file `{file}` has a line that does not fit its columns")]
    #[diagnostic(code(catalog::line), help("the columns are described in src/catalog/README.md"))]
    Line {
        /// The file.
        file: String,
        /// The line and what is wrong with it.
        #[source]
        source: csv::Error,
    },
    /// A figure that cannot be true.
    #[error("catalog file `{file}`: `{key}` has {what}")]
    #[diagnostic(code(catalog::figure), help("leave the cell empty if the figure is not known"))]
    Figure {
        /// The file.
        file: String,
        /// The row.
        key: String,
        /// What is wrong.
        what: String,
    },
}

impl Catalog {
    /// The catalog compiled in.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::parse(GPUS, SHAPES, PRICES)
    }

    /// A catalog of one's own: a folder with the same three files.
    pub fn read(dir: &Path) -> Result<Self, CatalogError> {
        let file = |name: &str| {
            let path = dir.join(name);
            std::fs::read_to_string(&path)
                .map_err(|source| CatalogError::Unreadable { path: path.clone(), source })
        };
        Self::parse(&file("gpus.csv")?, &file("shapes.csv")?, &file("prices.csv")?)
    }

    /// A catalog of three CSV texts.
    pub fn parse(gpus: &str, shapes: &str, prices: &str) -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        for gpu in lines::<Gpu>("gpus.csv", gpus)? {
            if catalog.gpus.contains_key(&gpu.gpu_model) {
                return Err(figure("gpus.csv", gpu.gpu_model, "two rows"));
            }
            catalog.gpus.insert(gpu.gpu_model.clone(), gpu);
        }
        for shape in lines::<Shape>("shapes.csv", shapes)? {
            if !catalog.gpus.contains_key(&shape.gpu_model) {
                let what = format!("the accelerator `{}`, which gpus.csv lacks", shape.gpu_model);
                return Err(figure("shapes.csv", shape.instance_type, what));
            }
            if shape.gpu_count.is_nan() || shape.gpu_count <= 0.0 {
                return Err(figure("shapes.csv", shape.instance_type, "a gpu_count of 0 or less"));
            }
            let of_provider = catalog.shapes.entry(shape.provider.clone()).or_default();
            if of_provider.contains_key(&shape.instance_type) {
                return Err(figure("shapes.csv", shape.instance_type, "two rows"));
            }
            of_provider.insert(shape.instance_type.clone(), shape);
        }
        for line in lines::<PriceLine>("prices.csv", prices)? {
            let key = [line.provider, line.region, line.instance_type, line.purchase_option];
            let name = key.join("/");
            if !line.price_usd_per_hour.is_finite() || line.price_usd_per_hour <= 0.0 {
                return Err(figure("prices.csv", name, "a price of 0 or less"));
            }
            let price = Price {
                usd_per_hour: line.price_usd_per_hour,
                spot_interruption_monthly_ratio: line.spot_interruption_monthly_ratio,
                as_of: line.as_of,
                source: line.source,
            };
            if catalog.put_price(key, price).is_some() {
                return Err(figure("prices.csv", name, "two rows"));
            }
        }
        let digest = Sha256::new()
            .chain_update(gpus)
            .chain_update([0])
            .chain_update(shapes)
            .chain_update([0])
            .chain_update(prices)
            .finalize();
        catalog.sha256 = hex(&digest);
        Ok(catalog)
    }

    /// Prices a provider read replace those of the catalog. A date that is not one is left out.
    #[must_use]
    pub fn with_prices(mut self, rows: &[PriceRow]) -> Self {
        for row in rows {
            let Ok(as_of) = row.priced_on.parse::<Date>() else { continue };
            let key = [&row.provider, &row.region, &row.instance_type, &row.purchase_option];
            let price = Price {
                usd_per_hour: row.price_usd_per_hour,
                spot_interruption_monthly_ratio: row.spot_interruption_monthly_ratio,
                as_of,
                source: row.source.clone(),
            };
            self.put_price(key.map(String::clone), price);
        }
        self
    }

    fn put_price(
        &mut self,
        [provider, region, instance_type, purchase_option]: [String; 4],
        price: Price,
    ) -> Option<Price> {
        let of_region = self.prices.entry(provider).or_default().entry(region).or_default();
        of_region.entry(instance_type).or_default().insert(purchase_option, price)
    }

    /// The accelerator of this canonical name.
    pub fn gpu(&self, model: &str) -> Option<&Gpu> {
        self.gpus.get(model)
    }

    /// The shape of this machine type.
    pub fn shape(&self, provider: &str, instance_type: &str) -> Option<&Shape> {
        self.shapes.get(provider)?.get(instance_type)
    }

    /// All shapes of a provider, by name.
    pub fn shapes_of(&self, provider: &str) -> impl Iterator<Item = &Shape> {
        self.shapes.get(provider).into_iter().flat_map(BTreeMap::values)
    }

    /// The price of a machine type in a region. `None`: not known.
    pub fn price(
        &self,
        provider: &str,
        region: &str,
        instance_type: &str,
        purchase_option: &str,
    ) -> Option<&Price> {
        self.prices.get(provider)?.get(region)?.get(instance_type)?.get(purchase_option)
    }

    /// SHA-256 of the three files.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

fn lines<T: DeserializeOwned>(file: &str, text: &str) -> Result<Vec<T>, CatalogError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|source| CatalogError::Line { file: file.to_owned(), source })
}

fn figure(file: &str, key: String, what: impl Into<String>) -> CatalogError {
    CatalogError::Figure { file: file.to_owned(), key, what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_catalog_knows_common_machines_and_their_prices() {
        let catalog = Catalog::embedded().unwrap();
        let shape = catalog.shape("aws", "g5.xlarge").unwrap();
        assert_eq!((shape.gpu_model.as_str(), shape.gpu_count), ("A10G", 1.0));
        let price = catalog.price("aws", "us-east-1", "g5.xlarge", "on_demand").unwrap();
        assert!((price.usd_per_hour - 1.006).abs() < 1e-9);
        assert!(catalog.price("aws", "us-east-1", "g5.xlarge", "lease").is_none());
    }

    #[test]
    fn fractions_of_an_accelerator_are_one_device() {
        let catalog = Catalog::embedded().unwrap();
        let shape = catalog.shape("aws", "g6f.large").unwrap();
        assert!((shape.gpu_count - 0.125).abs() < 1e-9);
        assert!((shape.device_count() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn every_shape_has_a_price_somewhere_or_none_at_all_but_never_zero() {
        let catalog = Catalog::embedded().unwrap();
        let types = catalog.prices.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
        let mut prices = types.flat_map(BTreeMap::values);
        assert!(prices.all(|price| price.usd_per_hour > 0.0));
    }

    #[test]
    fn a_price_of_zero_is_refused() {
        let line = "provider,region,instance_type,purchase_option,price_usd_per_hour,\
            spot_interruption_monthly_ratio,as_of,source\naws,us-east-1,g5.xlarge,spot,0,,2026-01-01,x\n";
        let error = Catalog::parse(GPUS, SHAPES, line).unwrap_err();
        assert_eq!(
            error.to_string(),
            "catalog file `prices.csv`: `aws/us-east-1/g5.xlarge/spot` has a price of 0 or less"
        );
    }
}
