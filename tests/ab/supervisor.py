"""Plays the part of systemd with Restart=always: a process that ended is started again after 100 ms."""

import threading
import time

RESTART_SEC = 0.1


class Supervisor:
    """spawn() starts a process; `on_start(process)`, if given, is called with each new one."""

    def __init__(self, spawn, on_start=None):
        self._spawn = spawn
        self._on_start = on_start
        self._ending = False
        self.process = spawn()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            if self._on_start:
                self._on_start(self.process)
            self.process.wait()
            time.sleep(RESTART_SEC)  # as systemd waits
            if self._ending:
                return
            self.process = self._spawn()

    def end(self):
        """Supervises no more; what it started last goes on running."""
        self._ending = True
