"""Faults of the process: not there, killed, stopped, crashing."""

import dataclasses
import signal
import threading

from rig import question
from rig.sockets import Sockets
from rig.wait import wait_for

from modes import NEUTRAL, Mode
from supervisor import Supervisor

_STOPPED = 5.0    # seconds of SIGSTOP
_CRASHES = 20
_FAILED_STARTS = 5  # StartLimitBurst= of systemd


def answers():
    try:
        return question.ask("nobody@mta.test") is not None
    except OSError:
        return False


class Absent(Mode):
    """The socket does not exist until all mail has been deferred."""

    def start(self, rig, beside):
        pass

    def after(self, rig):
        rig.nexthopd.start()


def _hold_sockets(rig, beside):
    """As systemd's socket units do: questions wait in them while there is no process."""
    rig.nexthopd.sockets = Sockets()

    def let_go():
        rig.nexthopd.sockets.close()
        rig.nexthopd.sockets = None

    beside.callback(let_go)


@dataclasses.dataclass
class Killed(Mode):
    """kill -9 three times, each time restarted by a supervisor."""

    held: bool = True  # the sockets

    def start(self, rig, beside):
        if self.held:
            _hold_sockets(rig, beside)
        self._supervisor = Supervisor(rig.nexthopd.spawn)
        beside.callback(self._supervisor.end)
        wait_for(answers, "nexthopd to answer")

    def during(self, rig, number, count):
        quarter = max(1, count // 4)
        if number < count and number % quarter == 0:
            self._supervisor.process.kill()

    def after(self, rig):
        wait_for(answers, "nexthopd to answer")


class CrashLoop(Mode):
    """Each process is killed as soon as it answers, many times."""

    def start(self, rig, beside):
        _hold_sockets(rig, beside)
        self._crashes = 0
        self._over = threading.Event()
        beside.callback(Supervisor(rig.nexthopd.spawn, self._crash).end)

    def _crash(self, process):
        if self._crashes < _CRASHES:
            wait_for(answers, "nexthopd to answer")
            self._crashes += 1
            process.kill()
        else:
            self._over.set()

    def after(self, rig):
        assert self._over.wait(60), f"{self._crashes} crashes in 60 s"
        wait_for(answers, "nexthopd to answer")


class CrashAtStart(Mode):
    """It ends before it listens, each time. After some attempts `nexthopd --pass` runs in its place."""

    def start(self, rig, beside):
        _hold_sockets(rig, beside)
        self._starts = 0

        def spawn():
            self._starts += 1
            if self._starts <= _FAILED_STARTS:
                return rig.nexthopd.spawn(("prlimit", "--as=16777216"))  # less than its code takes
            return rig.nexthopd.spawn(mode="--pass")

        self._supervisor = Supervisor(spawn)
        beside.callback(self._supervisor.end)

    def after(self, rig):
        wait_for(answers, "nexthopd --pass to answer")
        assert self._starts == _FAILED_STARTS + 1, f"{self._starts} starts"


class Stopped(Mode):
    """SIGSTOP, and SIGCONT some seconds later."""

    def start(self, rig, beside):
        self._process = rig.nexthopd.spawn()
        beside.callback(self._process.send_signal, signal.SIGCONT)
        self._timer = threading.Timer(_STOPPED, self._process.send_signal, (signal.SIGCONT,))
        wait_for(answers, "nexthopd to answer")

    def during(self, rig, number, count):
        if number == count // 4:
            self._process.send_signal(signal.SIGSTOP)
            self._timer.start()

    def after(self, rig):
        self._timer.join()


PROCESS_FAULTS = (
    Absent("absent, started later", outage=True, script=NEUTRAL, lasts=30),
    CrashAtStart("crash at start, then --pass", script=NEUTRAL, lasts=5, quick=False),
    Killed("kill -9, restarted in 100 ms", script=NEUTRAL, lasts=5),
    Killed("kill -9, sockets not held", outage=True, script=NEUTRAL, lasts=5, held=False, quick=False),
    # A question that meets two crashes is put off: Postfix asks twice.
    CrashLoop("crash loop", outage=True, script=NEUTRAL, lasts=30, quick=False),
    Stopped("SIGSTOP for 5 s", script=NEUTRAL, lasts=_STOPPED, flow=_STOPPED + 1),
)
