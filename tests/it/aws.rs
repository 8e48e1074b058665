//! AWS, against a server on loopback that stands for it.

mod client;
mod fake;
mod moto;
mod planted;
mod served;
mod world;
