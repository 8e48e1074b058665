"""Measures `ai-cost collect` and `audit` of a made AWS account on loopback, as whole processes."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from measure import measure, newest

FLAGS = ["--provider", "aws", "--region", "us-east-1", "--window", "30d", "--end", "2026-10-20T00:00:00Z"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--instances", type=int, action="append")
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--every-metric", action="store_true")
    options.add_argument("--target", type=pathlib.Path, default=pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")))
    given = options.parse_args()
    program = newest(given.target / "release", "ai-cost")
    fleet = newest(given.target / "release" / "deps", "aws_fleet-*")
    folder = pathlib.Path(tempfile.mkdtemp())
    print("| instances | step | requests | GetMetricData | metrics | list price | MiB read | CPU s | peak MiB | wall s |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for instances in given.instances or [100, 1000, 5000]:
        server = subprocess.Popen([fleet, str(instances)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        url, key = server.stdout.readline().split()
        os.environ.update(AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY="secret", AWS_REGION="us-east-1",
                          AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
        out = folder / "snapshot"
        more = ["--every-metric"] if given.every_metric else []
        collect = [program, "collect", *FLAGS, *more, "--out", str(out)]
        cpu, peak, wall = measure(collect, given.repeat, lambda: shutil.rmtree(out, ignore_errors=True))
        audit = [program, "audit", "--snapshot", str(out), "--format", "json"]
        report = json.loads(subprocess.run(audit, check=True, capture_output=True).stdout)
        [asked] = report["provenance"]["asked"]
        data = next(call for call in asked["calls"] if call["operation"] == "cloudwatch:GetMetricData")
        read = asked["received_bytes"] / 2**20
        print(f"| {instances:,} | collect | {asked['request_count']} | {data['request_count']} | {asked['metric_count']:,} | "
              f"${float(asked['list_usd']):.4f} | {read:.1f} | {cpu:.2f} | {peak:.0f} | {wall:.1f} |")
        cpu, peak, wall = measure(audit, given.repeat)
        print(f"| {instances:,} | audit | | | | | | {cpu:.2f} | {peak:.0f} | {wall:.1f} |", flush=True)
        print(f"  findings {len(report['findings'])}, gaps {[gap['what'] for gap in report['gaps']]}")
        server.stdin.close()
        print("  server:", server.stdout.read().strip())
        server.wait()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
