//! `ai-cost`: finds what AI workloads in the cloud waste, with money and evidence for every finding.

pub mod cli;
pub mod error;
pub mod fact;
pub mod finding;
pub mod frame;
pub mod output;
pub mod report;
pub mod saving;
pub mod settings;
pub mod snapshot;
pub mod units;
pub mod window;
