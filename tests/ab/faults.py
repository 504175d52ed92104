"""What goes wrong with nexthopd while mail flows. Each is a Mode (modes.py)."""

import contextlib
import dataclasses
import pathlib
import signal
import threading
import typing

from rig import maillog, question
from rig.wait import wait_for

import configurations
import crowd
import sick_dns
from faults_disk import DISK_FAULTS
from modes import NEUTRAL, NEUTRAL_SCRIPT, Mode
from supervisor import Supervisor

_DEADLINE = 0.25  # deadline.transport
_STOPPED = 5.0    # seconds of SIGSTOP
_CRASHES = 20


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


class Killed(Mode):
    """kill -9 three times, each time restarted by a supervisor."""

    def start(self, rig, beside):
        self._supervisor = Supervisor(rig.nexthopd)
        beside.callback(self._supervisor.end)
        wait_for(answers, "nexthopd to answer")

    def during(self, rig, number, count):
        quarter = max(1, count // 4)
        if number < count and number % quarter == 0:
            self._supervisor.process.kill()
        elif number % quarter == quarter // 3:  # a third of the mail comes while it may be away
            wait_for(answers, "nexthopd to answer")

    def after(self, rig):
        wait_for(answers, "nexthopd to answer")


class CrashLoop(Mode):
    """Each process is killed as soon as it answers, many times."""

    def start(self, rig, beside):
        self._crashes = 0
        self._over = threading.Event()
        beside.callback(Supervisor(rig.nexthopd, self._crash).end)

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


@dataclasses.dataclass
class Beside(Mode):
    """Something runs beside nexthopd: a name server that is ill, or a crowd of clients."""

    helper: typing.Callable = contextlib.nullcontext  # makes a context manager
    wrapper: tuple = ()                               # a command that nexthopd is started with

    def start(self, rig, beside):
        rig.nexthopd.start(self.wrapper)
        beside.enter_context(self.helper())


class UnreadableLog(Mode):
    def start(self, rig, beside):
        pathlib.Path(maillog.PATH).chmod(0o600)
        rig.nexthopd.start()


class Reloaded(Mode):
    """The settings or the script break while mail flows, and nexthopd is told to read them again."""

    def during(self, rig, number, count):
        if number == count // 2:
            rig.nexthopd.script("function CheckServer(\n")
            rig.nexthopd.settings("nonsense = [\n")
            rig.nexthopd.hang_up()


def _sick_dns(name, kind, seconds=0.0, **fields):
    address, port = sick_dns.ADDRESS
    return Beside(name, script=NEUTRAL, settings=f'[dns]\nservers = ["{address}:{port}"]\n',
                  helper=lambda: sick_dns.running(kind, seconds), **fields)


def _crowded(name, count, dribble=False, **fields):
    return Beside(name, script=NEUTRAL, helper=lambda: crowd.connected(count, dribble), **fields)


ALL = (
    NEUTRAL_SCRIPT,
    Absent("absent, started later", outage=True, script=NEUTRAL, lasts=30),
    Killed("kill -9, restarted in 100 ms", outage=True, script=NEUTRAL, lasts=5),
    CrashLoop("crash loop", outage=True, script=NEUTRAL, lasts=30, quick=False),
    Stopped("SIGSTOP for 5 s", script=NEUTRAL, lasts=_STOPPED),
    Mode("wrong settings: unknown key", settings="no_such_key = 1\n", script=NEUTRAL),
    Mode("wrong settings: not TOML", settings='mode = = "enforce"\n[[[\n', script=NEUTRAL, quick=False),
    Mode("wrong script: syntax", script="function CheckServer(\n"),
    Mode("wrong script: error in each hook", quick=False,
         script="function GetOverrides() error('no') end\nfunction CheckServer() return nil + 1 end\n"),
    Mode("script burns its budget", script="function CheckServer() while true do end end\n", per_question=_DEADLINE),
    Mode("script eats memory", per_question=_DEADLINE, quick=False,
         script="function CheckServer() local t = {} while true do t[#t+1] = ('x'):rep(9999) .. #t end end\n"),
    Reloaded("settings and script break", script=NEUTRAL, quick=False),
    *DISK_FAULTS,
    UnreadableLog("log unreadable", script=NEUTRAL),
    _sick_dns("its name server is dead", "silent", per_question=_DEADLINE),
    _sick_dns("its name server takes 2 s", "slow", 2.0, per_question=_DEADLINE, quick=False),
    _sick_dns("its name server: SERVFAIL", "servfail", quick=False),
    _crowded("descriptors exhausted", 200, wrapper=("prlimit", "--nofile=40:40"), per_question=_DEADLINE, quick=False),
    _crowded("1 000 idle clients", 1000, quick=False),
    _crowded("1 000 slow clients", 1000, dribble=True),
)
_IN = ("plain", "transport_maps")


def pairs():
    """Each fault, a configuration to try it in, and whether that is part of --quick."""
    by_name = {configuration.name: configuration for configuration in configurations.ALL}
    return [(fault, by_name[name], fault.quick and name == _IN[0]) for name in _IN for fault in ALL]
