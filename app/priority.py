"""Who goes first where there are more threads that want to run than cores: whoever answers the network."""

import contextlib
import os
import sys
import threading

NICENESS = 5  # of what computes; a third of the weight of what answers


def step_back() -> None:
    """Let this thread give way to the one that answers, where the system has priorities for single threads."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
