//! EC2 as it answers, and what becomes of it.

mod around;
mod money;
mod recording;
mod rows;
mod script;
mod wire;
