//! `ai-cost`: finds what AI workloads in the cloud waste, with money and evidence for every finding.

pub mod audit;
pub mod calendar;
pub mod catalog;
pub mod cli;
pub mod command;
pub mod demo;
pub mod docs;
pub mod error;
pub mod fact;
pub mod finding;
pub mod frame;
pub mod nearest;
pub mod output;
pub mod provider;
pub mod report;
pub mod rule;
pub mod saving;
pub mod settings;
pub mod snapshot;
pub mod text;
pub mod units;
pub mod usage;
pub mod window;
