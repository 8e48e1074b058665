"""Measures `ai-cost collect` and `audit` of a made cluster in a Prometheus on loopback, as whole processes."""

import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from measure import measure, newest

DAYS = 30
HOUR = 3600
START = 1_789_840_800 + 6 * HOUR  # 2026-09-20T00:00:00Z
GPUS = 8
FLAGS = ["--window", f"{DAYS}d", "--end", "2026-10-20T00:00:00Z", "--provider", "kubernetes"]
STATE = 'instance="10.2.0.9:8080",job="kube-state-metrics"'


def level(number: int, hour: int) -> float:
    """A tenth idle, a third asleep at night, the rest busy."""
    if number % 10 == 0:
        return 0.0
    if number % 3 == 0 and not 7 <= hour % 24 < 19:
        return 0.0
    return 0.35 + 0.5 * ((number * 7919 + hour * 104_729) % 1000) / 1000


def write_history(path: pathlib.Path, nodes: range) -> int:
    """Hourly samples of machines with eight accelerators, each with one pod that holds them all."""
    hours, samples = range(DAYS * 24), 0
    with path.open("w", buffering=1 << 22) as out:
        def series(name: str, labels: str, values: list[str]) -> None:
            nonlocal samples
            head = f"{name}{{{labels}}} "
            out.write("".join(f"{head}{value} {START + hour * HOUR + 20}\n" for hour, value in zip(hours, values)))
            # What was last seen an hour before the end would look as if it had ended.
            out.write(f"{head}{values[-1]} {START + len(hours) * HOUR - 30}\n")
            samples += len(values) + 1

        for number in nodes:
            node, pod = f"gpu-node-{number:05d}", f"work-{number:05d}-5d8f7c6b9d-{number:05x}"
            of_node, of_pod = f'node="{node}",{STATE}', f'namespace="team-{number % 20}",pod="{pod}",uid="{number:032x}",{STATE}'
            always = ["1"] * len(hours)
            series("kube_node_info", f'{of_node},provider_id="aws:///us-east-1a/i-{number:017x}"', always)
            series("kube_node_created", of_node, [str(START - 40 * 86400)] * len(hours))
            series("kube_node_labels", f'{of_node},label_node_kubernetes_io_instance_type="p4d.24xlarge",'
                   'label_topology_kubernetes_io_region="us-east-1",label_karpenter_sh_capacity_type="on-demand",'
                   'label_nvidia_com_gpu_product="NVIDIA-A100-SXM4-40GB",label_nvidia_com_gpu_count="8"', always)
            for metric in ("capacity", "allocatable"):
                series(f"kube_node_status_{metric}", f'{of_node},resource="nvidia_com_gpu",unit="integer"', [str(GPUS)] * len(hours))
            series("kube_pod_info", f'{of_pod},node="{node}",created_by_kind="ReplicaSet",created_by_name="work-{number:05d}-5d8f7c6b9d"', always)
            series("kube_pod_owner", f'{of_pod},owner_kind="ReplicaSet",owner_name="work-{number:05d}-5d8f7c6b9d",owner_is_controller="true"', always)
            series("kube_replicaset_owner", f'namespace="team-{number % 20}",replicaset="work-{number:05d}-5d8f7c6b9d",'
                   f'owner_kind="Deployment",owner_name="work-{number:05d}",owner_is_controller="true",{STATE}', always)
            series("kube_pod_start_time", of_pod, [str(START - 20 * 86400)] * len(hours))
            series("kube_pod_status_phase", f'{of_pod},phase="Running"', always)
            series("kube_pod_labels", f'{of_pod},label_team="team-{number % 20}"', always)
            series("kube_pod_container_info", f'{of_pod},container="main",image="example/work:1"', always)
            series("kube_pod_container_resource_requests",
                   f'{of_pod},container="main",node="{node}",resource="nvidia_com_gpu",unit="integer"', [str(GPUS)] * len(hours))
            for gpu in range(GPUS):
                labels = (f'gpu="{gpu}",UUID="GPU-{number:08x}-{gpu}",modelName="NVIDIA A100-SXM4-40GB",Hostname="{node}",'
                          f'exported_namespace="team-{number % 20}",exported_pod="{pod}",exported_container="main"')
                levels = [level(number * GPUS + gpu, hour) for hour in hours]
                series("DCGM_FI_DEV_GPU_UTIL", labels, [f"{value * 100:.0f}" for value in levels])
                series("DCGM_FI_PROF_GR_ENGINE_ACTIVE", labels, [f"{value:.3f}" for value in levels])
                series("DCGM_FI_DEV_FB_USED", labels, [f"{20_000 + 15_000 * value:.0f}" for value in levels])
                series("DCGM_FI_DEV_POWER_USAGE", labels, [f"{60 + 300 * value:.0f}" for value in levels])
        out.write("# EOF\n")
    return samples


def load(data: pathlib.Path, nodes: int, promtool: str) -> None:
    """Blocks of up to 486 hours: `promtool` reads its input once per block. From one file, so that none overlap: the server
    would merge them while it is measured."""
    if data.exists():
        return
    began = time.monotonic()
    parts = data.with_suffix(".parts")
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir()
    text = data.with_suffix(".history")
    samples = write_history(text, range(nodes))
    subprocess.run([promtool, "tsdb", "create-blocks-from", "openmetrics", "-q", "--max-block-duration=486h",
                    str(text), str(parts)], check=True)
    text.unlink()
    print(f"{samples:,} samples loaded in {time.monotonic() - began:.0f} s", file=sys.stderr)
    parts.rename(data)


def serve(data: pathlib.Path, prometheus: str) -> tuple[subprocess.Popen, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = data.with_suffix(".yml")
    settings.write_text("global: {}\n")
    server = subprocess.Popen([prometheus, f"--config.file={settings}", f"--storage.tsdb.path={data}",
                               "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}",
                               "--log.level=warn"])
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        time.sleep(0.5)
        try:
            if urllib.request.urlopen(f"{url}/-/ready", timeout=5).status == 200:
                return server, url
        except OSError:
            pass
    server.kill()
    sys.exit("Prometheus does not get ready")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nodes", type=int, action="append")
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "ai-cost-bench")
    options.add_argument("--target", type=pathlib.Path, default=pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")))
    options.add_argument("--prometheus", default="prometheus")
    options.add_argument("--promtool", default="promtool")
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    program = newest(given.target / "release", "ai-cost")
    print("| nodes × GPUs | step | requests | MiB read | CPU s | peak MiB | wall s | server CPU s |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for nodes in given.nodes or [100, 1000]:
        data = given.folder / f"cluster-{nodes}"
        load(data, nodes, given.promtool)
        server, url = serve(data, given.prometheus)
        try:
            out = given.folder / f"snapshot-{nodes}"
            collect = [program, "collect", *FLAGS, "--prometheus-url", f"bench={url}", "--out", str(out)]
            before = server_seconds(server.pid)
            cpu, peak, wall = measure(collect, given.repeat, lambda: shutil.rmtree(out, ignore_errors=True))
            busy = (server_seconds(server.pid) - before) / given.repeat
            audit = [program, "audit", "--snapshot", str(out), "--format", "json"]
            report = json.loads(subprocess.run(audit, check=True, capture_output=True).stdout)
            asked = report["provenance"]["asked"]
            requests = sum(server["request_count"] for server in asked)
            read = sum(server["received_bytes"] for server in asked) / 2**20
            print(f"| {nodes:,} × {GPUS} | collect | {requests} | {read:.1f} | {cpu:.2f} | {peak:.0f} | {wall:.1f} | {busy:.1f} |")
            cpu, peak, wall = measure(audit, given.repeat)
            print(f"| {nodes:,} × {GPUS} | audit | | | {cpu:.2f} | {peak:.0f} | {wall:.1f} | |", flush=True)
        finally:
            server.terminate()
            server.wait()


def server_seconds(pid: int) -> float:
    """CPU seconds of a running process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
