"""Waiting for something to become true.

Logs, queue files and sockets of other processes give no event that is worth the code, so all waiting
is a look every 20 ms; nothing in a story waits longer than it has to, or for a fixed time.
"""

import time

_LOOK_EVERY = 0.02


def wait_for(condition, what, timeout=15):
    """The first true value of condition(); AssertionError after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s in vain for {what() if callable(what) else what}")
        time.sleep(_LOOK_EVERY)
