"""Measures whole processes on one made fleet: ai-cost, a plain decode, DuckDB and Polars."""

import argparse
import os
import pathlib
import sys
import tempfile

import numpy
import pyarrow
import pyarrow.parquet

from measure import measure, newest

DAYS = 30
STEP_MS = 5 * 60 * 1000
START_MS = 1_790_812_800_000  # 2026-10-01T00:00:00Z
SAMPLES = DAYS * 24 * 12
SHAPES = [("g5.xlarge", 22.35), ("g6.xlarge", 22.35), ("g4dn.xlarge", 16.0), ("p4d.24xlarge", 40.0)]


def make_fleet(folder: pathlib.Path, resources: int) -> tuple[pathlib.Path, pathlib.Path]:
    """Writes metrics.parquet (sorted by resource) and inventory.csv; a tenth idle, a third asleep at night."""
    metrics, inventory = folder / f"metrics-{resources}.parquet", folder / f"inventory-{resources}.csv"
    ids = [f"aws:111122223333:us-east-1:i-{number:08x}" for number in range(resources)]
    with inventory.open("w") as out:
        out.write("resource_id,provider,account_id,region,instance_type,kind,state,purchase_option,launched_at\n")
        for number, name in enumerate(ids):
            shape = SHAPES[number % len(SHAPES)][0]
            out.write(f"{name},aws,111122223333,us-east-1,{shape},gpu_instance,running,on_demand,2026-01-01T00:00:00Z\n")
    if metrics.exists():
        return metrics, inventory
    schema = pyarrow.schema([
        ("resource_id", pyarrow.string()),
        ("time", pyarrow.timestamp("ms", tz="UTC")),
        ("gpu_util_ratio", pyarrow.float32()),
        ("gpu_mem_used_gib", pyarrow.float32()),
    ])
    random = numpy.random.default_rng(7)
    times = START_MS + STEP_MS * numpy.arange(SAMPLES, dtype=numpy.int64)
    hours = (times // 3_600_000) % 24
    by_group = max(1, 1_000_000 // SAMPLES)
    with pyarrow.parquet.ParquetWriter(metrics, schema, compression="zstd") as writer:
        for first in range(0, resources, by_group):
            some = range(first, min(first + by_group, resources))
            util = random.uniform(0.3, 0.9, (len(some), SAMPLES)).astype(numpy.float32)
            memory = random.uniform(6.0, 14.0, (len(some), SAMPLES)).astype(numpy.float32)
            for row, number in enumerate(some):
                if number % 10 == 0:
                    util[row] *= 0.01
                elif number % 3 == 0:
                    util[row, (hours < 7) | (hours >= 19)] *= 0.01
            writer.write_table(pyarrow.table([
                pyarrow.array(numpy.repeat([ids[number] for number in some], SAMPLES), pyarrow.string()),
                pyarrow.array(numpy.tile(times, len(some))).cast(schema.field(1).type),
                pyarrow.array(util.ravel()),
                pyarrow.array(memory.ravel()),
            ], schema=schema), row_group_size=by_group * SAMPLES)
    return metrics, inventory


DUCKDB = """
import duckdb, sys
print(duckdb.sql(f'''
with hourly as (
  select resource_id, date_trunc('hour', time) as hour, avg(gpu_util_ratio) as util, max(gpu_mem_used_gib) as memory
  from read_parquet('{sys.argv[1]}') group by all),
facts as (
  select resource_id, quantile_disc(util, 0.95) as p95, avg((util > 0.05)::int) as active, max(memory) as memory
  from hourly group by all),
week as (
  select resource_id, (isodow(hour) - 1) * 24 + hour(hour) as slot, avg((util > 0.05)::int) as active
  from hourly group by all)
select count(*), sum(p95), sum(facts.active), sum(memory), sum(week.active)
from facts join week using (resource_id)''').fetchall())
"""

POLARS = """
import polars as pl, sys
hourly = (pl.scan_parquet(sys.argv[1])
    .group_by("resource_id", pl.col("time").dt.truncate("1h").alias("hour"))
    .agg(util=pl.col("gpu_util_ratio").mean(), memory=pl.col("gpu_mem_used_gib").max()))
active = pl.col("util") > 0.05
facts = hourly.group_by("resource_id").agg(
    p95=pl.col("util").quantile(0.95, "higher"), active=active.mean(), memory=pl.col("memory").max())
slot = (pl.col("hour").dt.weekday() - 1).cast(pl.Int32) * 24 + pl.col("hour").dt.hour()
week = hourly.group_by("resource_id", slot.alias("slot")).agg(active=active.mean())
for frame in pl.collect_all([facts, week], engine="streaming"):
    print(frame.height, frame["active"].sum())
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--resources", type=int, action="append")
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "ai-cost-bench")
    options.add_argument("--target", type=pathlib.Path, default=pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")))
    options.add_argument("--only", action="append", help="decode, ai-cost, duckdb or polars")
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    release = given.target / "release"
    print("| resources | rows | contestant | CPU s | × decode | peak MiB | wall s |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    for resources in given.resources or [1000, 10000]:
        metrics, inventory = make_fleet(given.folder, resources)
        audit = [newest(release, "ai-cost"), "audit", "--metrics", str(metrics), "--inventory", str(inventory),
                 "--window-start", "2026-10-01T00:00:00Z", "--window-end", "2026-10-31T00:00:00Z", "--format", "json"]
        commands = {
            "decode": [newest(release / "deps", "decode-*"), str(metrics)],
            "ai-cost": audit,
            "duckdb": [sys.executable, "-c", DUCKDB, str(metrics)],
            "polars": [sys.executable, "-c", POLARS, str(metrics)],
        }
        floor = None
        for name, command in commands.items():
            if given.only and name not in given.only and name != "decode":
                continue
            cpu, peak, wall = measure(command, given.repeat)
            floor = floor or cpu
            print(f"| {resources:,} | {resources * SAMPLES / 1e6:.1f} M | {name} | {cpu:.2f} | {cpu / floor:.2f} "
                  f"| {peak:.0f} | {wall:.2f} |", flush=True)


if __name__ == "__main__":
    main()
