//! What people write, and what they are told.

mod exemptions;
mod layers;
mod refusals;
