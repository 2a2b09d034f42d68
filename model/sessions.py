"""How ONNX Runtime runs here, whatever it runs: on which cores, and politely."""

import os

import onnxruntime


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Options of a session whose passes have so many threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Threads that wait for each other within a pass spin: it is a fifth quicker than sleeping, and costs no more of
    # the cores. Between passes they sleep, or they would take the cores from decoding and from other sessions.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options


def usable_cores() -> int:
    """How many cores this process may use: in a container often fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
