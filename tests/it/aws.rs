//! AWS, against a server on loopback that stands for it.

mod audited;
mod client;
mod doctored;
mod fake;
mod faulty;
mod killed;
mod moto;
mod planted;
mod reached;
mod resumed;
mod roles;
mod served;
mod skewed;
mod traps;
mod world;
