//! The tool as a user meets it: command line in, exact output out.

mod bills;
mod bundle;
mod commitment;
mod exit;
mod files;
mod json;
mod policy;
mod reference;
mod table;
mod telemetry;
mod unjudged;
mod window;
