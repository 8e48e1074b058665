//! `ai-cost`: finds what AI workloads in the cloud waste, with money and evidence for every finding.

pub mod catalog;
pub mod fact;
pub mod finding;
pub mod frame;
pub mod report;
pub mod saving;
pub mod settings;
pub mod snapshot;
pub mod text;
pub mod units;
pub mod usage;
pub mod window;
