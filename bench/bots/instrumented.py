"""What every measured bot does alike: stays on one core, and says what it has used when asked."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from types import FrameType

TOKEN = "123456:bench"  # noqa: S105 - nobody's


def watched() -> None:
    """Keeps this process on the first core, and tells its figures at each SIGUSR1."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    signal.signal(signal.SIGUSR1, _tell)


def _tell(_signal: int, _frame: FrameType | None) -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = most / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(json.dumps({"cpu": time.process_time(), "memory": memory}), flush=True)
