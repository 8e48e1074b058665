//! Clusters, against a real Prometheus on loopback that holds made histories, and against servers that misbehave.

mod faults;
mod faulty;
mod made;
mod openmetrics;
mod package;
mod planted;
mod prometheus;
mod remote;
mod report;
mod trace;
mod wire;
mod world;
