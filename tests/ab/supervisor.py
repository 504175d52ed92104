"""Plays the part of systemd with Restart=always: a process that ended is started again after 100 ms.

It does not hold the listening sockets: nexthopd opens them itself until there are socket units.
"""

import threading
import time

RESTART_SEC = 0.1


class Supervisor:
    """Of one rig.daemon.Nexthopd; `on_start(process)`, if given, is called with each new process."""

    def __init__(self, nexthopd, on_start=None):
        self._nexthopd = nexthopd
        self._on_start = on_start
        self._ending = False
        self.process = nexthopd.spawn()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            if self._on_start:
                self._on_start(self.process)
            self.process.wait()
            time.sleep(RESTART_SEC)  # as systemd waits
            if self._ending:
                return
            self.process = self._nexthopd.spawn()

    def end(self):
        """Supervises no more; nexthopd goes on running."""
        self._ending = True
