//! Where observations come from: files that people bring and servers that are asked, read into the frames.

#[cfg(feature = "aws")]
pub mod aws;
pub mod billing;
pub mod bundle;
pub mod call;
pub mod contract;
#[cfg(any(feature = "aws", feature = "kubernetes"))]
mod gpu_model;
#[cfg(any(feature = "aws", feature = "kubernetes"))]
mod image;
pub mod inventory;
pub mod join;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
pub mod permission;
pub mod progress;
pub mod table;
