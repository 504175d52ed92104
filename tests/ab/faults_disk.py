"""Faults of the ledger's file and the disk that it is on."""

import contextlib
import dataclasses
import shutil
import sqlite3
import subprocess
import threading
import time

from rig import layer
from rig.daemon import STATE

import small_disk
from modes import NEUTRAL, Mode

_LEDGER = STATE / "ledger.db"
_HANGS = 10.0  # seconds


class Corrupt(Mode):
    """A file that is no database."""

    def before(self, rig, beside):
        _LEDGER.write_bytes(b"This is not a database.\n" * 4000)
        shutil.chown(_LEDGER, layer.USER, layer.USER)


class CorruptLater(Mode):
    """The file is overwritten while nexthopd works with it."""

    def during(self, rig, number, count):
        if number == count // 3:
            with open(_LEDGER, "r+b") as ledger:
                ledger.write(b"This is not a database.\n" * 4000)


@dataclasses.dataclass
class Locked(Mode):
    """Another process has locked the ledger: all of it from the start, or against writing once mail flows."""

    later: bool = False

    def before(self, rig, beside):
        if not self.later:
            rig.nexthopd.start()  # makes it
            rig.nexthopd.stop()
            self._lock(beside, "PRAGMA locking_mode = EXCLUSIVE")
        self._beside = beside

    def during(self, rig, number, count):
        if self.later and number == count // 3:
            self._lock(self._beside)

    @staticmethod
    def _lock(beside, *before):
        ledger = sqlite3.connect(_LEDGER, isolation_level=None, timeout=20)
        beside.callback(ledger.close)
        for statement in (*before, "BEGIN EXCLUSIVE"):
            ledger.execute(statement)


class ReadOnly(Mode):
    """A ledger that was good has become root's, with its folder."""

    def before(self, rig, beside):
        rig.nexthopd.start()
        rig.nexthopd.stop()
        for path in (STATE, *STATE.iterdir()):
            shutil.chown(path, "root", "root")
            path.chmod(0o555 if path.is_dir() else 0o444)


@dataclasses.dataclass
class Full(Mode):
    """A small file system without space: from the start, or once mail flows."""

    later: bool = False

    def before(self, rig, beside):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0777", "nexthopd-full", STATE], check=True)
        beside.callback(subprocess.run, ["umount", STATE], check=True)
        beside.callback(rig.nexthopd.stop)
        if not self.later:
            _fill()

    def during(self, rig, number, count):
        if self.later and number == count // 3:
            _fill()


def _fill():
    try:
        with open(STATE / "ballast", "ab") as ballast:
            while True:
                ballast.write(bytes(4096))
                ballast.flush()
    except OSError:
        pass  # it is full now


@dataclasses.dataclass
class Hangs(Mode):
    """Whoever writes to the disk waits for 10 s: while nexthopd starts, or once mail flows."""

    later: bool = False

    def before(self, rig, beside):
        self._disk = beside.enter_context(small_disk.mounted(STATE))
        beside.callback(rig.nexthopd.stop)
        if not self.later:
            self._hang()
        beside.callback(self._disk.thaw)

    def during(self, rig, number, count):
        if self.later and number == count // 3:
            self._hang()

    def _hang(self):
        self._disk.freeze()
        self._until = time.monotonic() + _HANGS
        threading.Timer(_HANGS, self._disk.thaw).start()

    def after(self, rig):
        with contextlib.suppress(ValueError):
            time.sleep(self._until - time.monotonic())  # else the disk hung for less than it says


DISK_FAULTS = (
    Corrupt("ledger corrupt", script=NEUTRAL),
    CorruptLater("ledger corrupted while in use", script=NEUTRAL, quick=False),
    Locked("ledger locked", script=NEUTRAL),
    Locked("ledger locked while in use", script=NEUTRAL, later=True, quick=False),
    ReadOnly("ledger read-only", script=NEUTRAL, quick=False),
    Full("disk full", script=NEUTRAL),
    Full("disk becomes full", script=NEUTRAL, later=True, quick=False),
    Hangs("disk hangs for 10 s at start", script=NEUTRAL, flow=_HANGS, quick=False),
    Hangs("disk hangs for 10 s", script=NEUTRAL, later=True, flow=_HANGS + 2),
)
