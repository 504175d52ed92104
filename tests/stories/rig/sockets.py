"""The sockets of the units: made before nexthopd, handed over to each process that serves them, and kept."""

import os
import pathlib
import select
import socket

from .mta import SPOOL

_FIRST = 3  # SD_LISTEN_FDS_START
_PATHS = {"socketmap": (SPOOL / "nexthopd/socketmap", 0o666), "control": (pathlib.Path("/run/nexthopd/control"), 0o660)}


class Sockets:
    def __init__(self):
        self._held = {}
        for name, (path, mode) in _PATHS.items():
            path.unlink(missing_ok=True)
            held = socket.socket(socket.AF_UNIX)
            held.bind(str(path))
            path.chmod(mode)
            held.listen(1024)
            self._held[name] = held

    def handed_over(self):
        """What Popen has to do for sd_listen_fds(3), and the command that runs the rest of its line with it."""
        numbers = range(_FIRST, _FIRST + len(self._held))

        def in_child():
            # First out of the way: a number that is wanted may be that of another of these sockets.
            aside = [os.dup2(held.fileno(), 100 + i) for i, held in enumerate(self._held.values())]
            for number, descriptor in zip(numbers, aside):
                os.dup2(descriptor, number)

        names = ":".join(self._held)
        command = ["sh", "-c", f'LISTEN_PID=$$ LISTEN_FDS={len(self._held)} LISTEN_FDNAMES={names} exec "$@"', "sh"]
        return {"pass_fds": list(numbers), "preexec_fn": in_child}, command

    def question_waits(self):
        """Somebody has connected, and nobody has accepted it."""
        return bool(select.select([self._held["socketmap"]], [], [], 0)[0])

    def close(self):
        for held in self._held.values():
            held.close()
