//! EC2 as it answers, and what becomes of it.

mod around;
mod money;
mod recording;
mod reserved;
mod rows;
mod script;
mod wire;
