//! `ai-cost`: the command line.

fn main() {}
