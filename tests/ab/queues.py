"""The queues of one or two Postfix instances: waiting until nothing moves, and trying deferred mail again."""

import collections
import pathlib
import re
import subprocess
import time

from rig import maillog
from rig.wait import wait_for

import outcome

_SETTLE = 120  # seconds for all mail to be delivered or deferred
_FLUSHES_AFTER_OUTAGE = 5
_ID = re.compile(r" postfix\S*\[\d+\]: ([0-9A-Za-z]+): ")


class Queues:
    def __init__(self, mtas):
        self._mtas = mtas

    def _files(self, *queues):
        return {path.name for mta in self._mtas for queue in queues for path in (mta.spool / queue).rglob("*")
                if not path.is_dir()}

    def settle(self):
        """Waits until every message is gone or deferred, and the log says so."""
        wait_for(lambda: not self._files("maildrop") and not self._files("incoming") and not self._files("active")
                 and self._all_told(),
                 lambda: f"the queue to settle: {len(self._files('incoming', 'active'))} messages are active", _SETTLE)

    def _all_told(self):
        self._log_barrier()
        begun, done = set(), set()
        for line in maillog.lines():
            if "(queue active)" in line or "message-id=" in line:
                begun.add(_queue_id(line))
            elif line.endswith(": removed"):
                done.add(_queue_id(line))
        return begun - done - {None} <= self._files("deferred")

    def _log_barrier(self):
        """Postfix logs through postlogd, in order: what was logged before this mark is in the file with it."""
        for mta in self._mtas:
            mark = f"barrier {time.monotonic_ns()}"
            subprocess.run(["postlog", "-c", mta.config, "-t", "postfix/ab", mark], check=True,
                           stderr=subprocess.DEVNULL)
            wait_for(lambda: mark in pathlib.Path(maillog.PATH).read_text(errors="replace"), "postlogd")

    def flush(self):
        """Tries all deferred mail once more."""
        waiting = self._files("deferred")
        if not waiting:
            return
        before = _activations()
        for mta in self._mtas:
            mta.flush()
        wait_for(lambda: all(_activations()[i] > before[i] for i in waiting), "deferred mail to be tried again",
                 _SETTLE)
        self.settle()

    def deliver_the_unanswered(self):
        for _ in range(_FLUSHES_AFTER_OUTAGE):
            if not outcome.unanswered_now():
                return
            self.flush()
        raise AssertionError("nexthopd is back, but Postfix still finds nobody who answers")


def _queue_id(line):
    found = _ID.search(line)
    return found and found[1]


def _activations():
    return collections.Counter(_queue_id(line) for line in maillog.lines() if "(queue active)" in line)
