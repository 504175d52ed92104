"""Faults of the ledger's file and the disk that it is on."""

import dataclasses
import shutil
import subprocess

from rig import layer
from rig.daemon import STATE

from modes import NEUTRAL, Mode

_LEDGER = STATE / "ledger.db"


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


DISK_FAULTS = (
    Corrupt("ledger corrupt", script=NEUTRAL),
    CorruptLater("ledger corrupted while in use", script=NEUTRAL, quick=False),
    ReadOnly("ledger read-only", script=NEUTRAL, quick=False),
    Full("disk full", script=NEUTRAL),
    Full("disk becomes full", script=NEUTRAL, later=True, quick=False),
)
