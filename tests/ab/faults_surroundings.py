"""Faults of what surrounds nexthopd: its own log, memory, descriptors, clients, the clock."""

import contextlib
import dataclasses
import datetime
import fcntl
import os
import pathlib

from rig import maillog

import crowd
from modes import ALTERING, DEADLINE, NEUTRAL, Beside, Mode

_UNREAD = pathlib.Path("/run/nobody-reads")
_CLOCK = pathlib.Path("/run/wrong-clock")
# Its steps are those of the wall clock alone, as of settimeofday(2): timers and file times stay.
_FAKETIME = ("env", "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
             f"FAKETIME_TIMESTAMP_FILE={_CLOCK}", "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
             "NO_FAKE_STAT=1", "FAKETIME_DONT_RESET=1")
_SPARE = 16 << 20  # bytes of memory that are left once nexthopd answers
EATING = "function CheckServer() local t = {} while true do t[#t+1] = ('x'):rep(9999) .. #t end end\n"


class LogUnreadable(Mode):
    def start(self, rig, beside):
        maillog.PATH.chmod(0o600)
        rig.nexthopd.start()


class OwnLogUnread(Mode):
    """Its standard error is a pipe that is full, as the journal's socket is when journald is stopped."""

    def start(self, rig, beside):
        _UNREAD.unlink(missing_ok=True)
        os.mkfifo(_UNREAD)
        _UNREAD.chmod(0o622)
        pipe = os.open(_UNREAD, os.O_RDWR | os.O_NONBLOCK)
        beside.callback(os.close, pipe)
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
        with contextlib.suppress(BlockingIOError):
            while os.write(pipe, b"x" * 4096):
                pass
        rig.nexthopd.start(("sh", "-c", f'exec "$0" "$@" 2> {_UNREAD}'))
        beside.callback(rig.nexthopd.stop)


class LittleMemory(Mode):
    """RLIMIT_AS leaves it a few megabytes more than it has once it has started."""

    def start(self, rig, beside):
        rig.nexthopd.start()
        pages = int(pathlib.Path(f"/proc/{rig.nexthopd.pid()}/statm").read_text().split()[0])
        rig.nexthopd.stop()
        rig.nexthopd.start(("prlimit", f"--as={pages * os.sysconf('SC_PAGE_SIZE') + _SPARE}"))


@dataclasses.dataclass
class ClockStepped(Mode):
    """The wall clock is set by so many days when a third of the mail was sent, and back at two thirds."""

    days: int = 0

    def start(self, rig, beside):
        self._set(0)
        rig.nexthopd.start(_FAKETIME)

    def during(self, rig, number, count):
        if number == count // 3:
            self._set(self.days)
            rig.nexthopd.hang_up()  # it logs that, with the time
        elif number == count * 2 // 3:
            self._set(0)

    def after(self, rig):
        there = datetime.date.today() + datetime.timedelta(self.days)
        assert f"\n{there:%Y-%m-}" in rig.nexthopd.log(), f"its clock was never in {there:%Y-%m}"

    @staticmethod
    def _set(days):
        new = _CLOCK.with_suffix(".new")
        new.write_text(f"{days:+}d")
        new.rename(_CLOCK)


def _crowded(name, count, dribble=False, **fields):
    return Beside(name, script=NEUTRAL, helper=lambda: crowd.connected(count, dribble), **fields)


SURROUNDINGS_FAULTS = (
    LogUnreadable("log unreadable", script=NEUTRAL),
    OwnLogUnread("its own log is not read", script=ALTERING, settings='mode = "observe"\n'),
    Beside("its standard error is closed", script=ALTERING, settings='mode = "observe"\n', quick=False,
           wrapper=("sh", "-c", 'exec "$0" "$@" 0<&- 1>&- 2>&-')),
    LittleMemory("memory limit", script=EATING, settings='[script]\nmemory = "1GiB"\n', per_question=DEADLINE),
    _crowded("descriptors exhausted", 200, wrapper=("prlimit", "--nofile=40:40"), per_question=DEADLINE, quick=False),
    _crowded("1 000 idle clients", 1000, quick=False),
    _crowded("1 000 slow clients", 1000, dribble=True),
    ClockStepped("clock set ahead, and back", script=NEUTRAL, days=400),
    ClockStepped("clock set back, and ahead", script=NEUTRAL, days=-400, quick=False),
)
