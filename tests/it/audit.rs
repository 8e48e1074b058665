//! The tool as a user meets it: command line in, exact output out.

mod bundle;
mod exit;
mod files;
mod json;
mod policy;
mod reference;
mod table;
mod window;
