"""Which of the processes that train together this is: Lightning and torchrun say so in the environment."""

import os

import torch

from model.plan import Plan

RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK")


def is_first() -> bool:
    """Whether this process does what is done once: checks, features, the head alone, the bundle."""
    return all(int(os.environ.get(name) or 0) == 0 for name in RANKS)


def processes(plan: Plan) -> int:
    """How many processes train together, one for each device."""
    if "WORLD_SIZE" in os.environ:
        return int(os.environ["WORLD_SIZE"])
    return _devices(plan) * plan.num_nodes


def _devices(plan: Plan) -> int:
    """How many devices of each machine the plan asks for."""
    if plan.devices in {"auto", "-1"}:
        return max(torch.cuda.device_count(), 1) if plan.accelerator in {"auto", "gpu", "cuda"} else 1
    if plan.devices.isdigit():
        return int(plan.devices)
    return len([part for part in plan.devices.split(",") if part])
