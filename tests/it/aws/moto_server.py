"""Runs moto on a free port of loopback with machines that are there already.

    moto_server.py ESTATE.json

moto stamps what is made with its own clock, names it at random and knows no machine that was started last month. Here the
machines, volumes and groups of a file are made within the process, as old and in the state that the file says. The port is
printed when all is there. The server ends when its standard input does.
"""

import datetime
import json
import os
import sys
import threading

from moto.autoscaling.models import InstanceState, autoscaling_backends
from moto.ec2.models import ec2_backends, elastic_block_store, instances
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

IMAGE = "ami-0123456789abcdef0"


def time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def naive(text):
    """As moto keeps times."""
    return time(text).replace(tzinfo=None)


class Named:
    """Hands out the ids of the file instead of random ones."""

    def __init__(self, module, function):
        self.next = None
        self.random = getattr(module, function)
        setattr(module, function, self.take)

    def take(self):
        name, self.next = self.next, None
        return name or self.random()


INSTANCE_ID = Named(instances, "random_instance_id")
VOLUME_ID = Named(elastic_block_store, "random_volume_id")


def add_instance(ec2, planted):
    INSTANCE_ID.next = planted["id"]
    reservation = ec2.run_instances(
        IMAGE,
        1,
        None,
        [],
        instance_type=planted["type"],
        is_instance_type_default=False,
        placement=planted["zone"],
        region_name=ec2.region_name,
        private_ip=planted["ip"],
        tags={"instance": planted.get("tags", {})},
        # Its volumes are those of the file.
        block_device_mappings=[],
    )
    instance = reservation.instances[0]
    instance.platform = None
    instance.platform_details = planted.get("platform", "Linux/UNIX")
    instance.usage_operation = planted.get("operation", "RunInstances")
    instance.lifecycle = planted.get("lifecycle")
    instance.launch_time = naive(planted["launched_at"])
    instance.capacity_reservation_id = planted.get("capacity_reservation_id")
    instance.capacity_block_id = planted.get("capacity_block_id")
    for interface in instance.nics.values():
        interface.attach_time = naive(planted.get("created_at", planted["launched_at"]))
    for number, volume in enumerate(planted.get("volumes", [])):
        made = add_volume(ec2, dict(volume, zone=planted["zone"]))
        device = volume.get("device", f"/dev/sd{'abcdefgh'[number]}")
        attachment = ec2.attach_volume(made.id, instance.id, device)
        attachment.attach_time = naive(volume["created_at"])
        instance.block_device_mapping[device].attach_time = naive(volume["created_at"])
    if planted["state"] == "stopped":
        instance.stop()
        at = time(planted["stopped_at"]).strftime("%Y-%m-%d %H:%M:%S GMT")
        instance._reason = f"User initiated ({at})"
    return instance


def add_volume(ec2, planted):
    VOLUME_ID.next = planted["id"]
    volume = ec2.create_volume(
        size=planted["size_gib"],
        zone_name=planted["zone"],
        volume_type=planted.get("type", "gp3"),
        iops=planted.get("iops"),
        throughput=planted.get("throughput"),
    )
    volume.create_time = naive(planted["created_at"])
    volume.add_tags(planted.get("tags", {}))
    return volume


def add_group(ec2, scaling, planted):
    template = ec2.create_launch_template(
        f"{planted['name']}-template",
        "",
        {"ImageId": IMAGE, "InstanceType": planted["types"][0]},
        {},
    )
    specification = {"LaunchTemplateId": template.id, "Version": "$Default"}
    mixed = planted.get("distribution") and {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": specification,
            "Overrides": [{"InstanceType": kind} for kind in planted["types"]],
        },
        "InstancesDistribution": planted["distribution"],
    }
    group = scaling.create_auto_scaling_group(
        name=planted["name"],
        availability_zones=planted["zones"],
        # Its members are those of the file.
        desired_capacity=0,
        max_size=planted["max"],
        min_size=0,
        launch_config_name=None,
        launch_template=None if mixed else specification,
        vpc_zone_identifier=None,
        default_cooldown=None,
        health_check_period=None,
        health_check_type=None,
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=[],
        tags=[{"Key": key, "Value": value} for key, value in planted.get("tags", {}).items()],
        mixed_instances_policy=mixed,
    )
    for member in planted["instances"]:
        tags = dict(member.get("tags", {}), **{"aws:autoscaling:groupName": planted["name"]})
        instance = add_instance(ec2, dict(member, tags=tags))
        instance.autoscaling_group = group
        group.instance_states.append(
            InstanceState(instance, member.get("lifecycle_state", "InService"))
        )
    group.min_size, group.desired_capacity = planted["min"], planted["desired"]
    group.suspended_processes = planted.get("suspended", [])
    group.created_time = naive(planted["created_at"]).isoformat()
    for policy in planted.get("policies", []):
        scaling.put_scaling_policy(
            name=policy["name"],
            policy_type="TargetTrackingScaling",
            metric_aggregation_type=None,
            adjustment_type=None,
            as_name=planted["name"],
            min_adjustment_magnitude=None,
            scaling_adjustment=None,
            cooldown=None,
            target_tracking_config={
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
                "TargetValue": policy["target"],
            },
            step_adjustments=None,
            estimated_instance_warmup=None,
            predictive_scaling_configuration=None,
        )
    for action in planted.get("scheduled", []):
        scaling.put_scheduled_update_group_action(
            name=planted["name"],
            desired_capacity=action.get("desired"),
            max_size=action.get("max"),
            min_size=action.get("min"),
            scheduled_action_name=action["name"],
            start_time=None,
            end_time=None,
            recurrence=action["recurrence"],
            timezone=action.get("timezone"),
        )


def plant(estate):
    for account, regions in estate.items():
        for region, planted in regions.items():
            ec2, scaling = ec2_backends[account][region], autoscaling_backends[account][region]
            for instance in planted.get("instances", []):
                add_instance(ec2, instance)
            for volume in planted.get("volumes", []):
                add_volume(ec2, volume)
            for group in planted.get("groups", []):
                add_group(ec2, scaling, group)


def end_with_input():
    sys.stdin.read()
    os._exit(0)


def main():
    threading.Thread(target=end_with_input, daemon=True).start()
    with open(sys.argv[1], encoding="utf-8") as file:
        plant(json.load(file))
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
