//! `ai-cost`: finds what AI workloads in the cloud waste.
pub mod fact;
pub mod finding;
pub mod frame;
pub mod snapshot;
pub mod units;
pub mod window;
