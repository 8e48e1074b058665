//! The floor of the benchmark: reads the columns that an audit reads and adds them up.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it computed")]

use std::{fs::File, process::ExitCode};

use polars::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1).filter(|path| !path.starts_with("--")) else {
        println!("usage: cargo bench --bench decode -- FILE.parquet");
        return ExitCode::SUCCESS;
    };
    match decode(&path) {
        Ok(sums) => {
            println!("{} {} {} {}", sums.0, sums.1, sums.2, sums.3);
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn decode(path: &str) -> PolarsResult<(usize, i64, f64, f64)> {
    let metadata = ParquetReader::new(File::open(path)?).get_metadata()?.clone();
    let (mut from, mut sums) = (0, (0, 0_i64, 0.0, 0.0));
    for group in &metadata.row_groups {
        let mut reader = ParquetReader::new(File::open(path)?)
            .with_slice(Some((from, group.num_rows())))
            .with_columns(Some(
                ["resource_id", "time", "gpu_util_ratio", "gpu_mem_used_gib"]
                    .map(str::to_owned)
                    .to_vec(),
            ));
        reader.set_metadata(metadata.clone());
        let df = reader.finish()?;
        from += group.num_rows();
        sums.0 += df.column("resource_id")?.str()?.len();
        sums.1 ^= df.column("time")?.datetime()?.physical().iter().flatten().fold(0, |a, b| a ^ b);
        sums.2 += df.column("gpu_util_ratio")?.f32()?.sum().map_or(0.0, f64::from);
        sums.3 += df.column("gpu_mem_used_gib")?.f32()?.sum().map_or(0.0, f64::from);
    }
    Ok(sums)
}
