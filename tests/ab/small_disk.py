"""A file system on a loop device that can be frozen: writes wait until it is thawed, as on a disk that hangs."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import stat
import subprocess
import threading

from rig import layer

_IMAGE = pathlib.Path("/run/small-disk")
_SIZE = 32 << 20
_LOOP_CONTROL, _LOOP = (10, 237), 7  # Documentation/admin-guide/devices.txt of Linux
_LOOPS = 32


@dataclasses.dataclass
class Disk:
    folder: pathlib.Path
    _frozen: bool = False
    _lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def freeze(self):
        subprocess.run(["fsfreeze", "--freeze", self.folder], check=True)
        self._frozen = True

    def thaw(self):
        """May be called twice."""
        with self._lock:
            if self._frozen:
                subprocess.run(["fsfreeze", "--unfreeze", self.folder], check=True)
                self._frozen = False


@contextlib.contextmanager
def mounted(folder):
    """The folder is empty, and belongs to nexthopd. The caller thaws it before the end."""
    _make_devices()
    with open(_IMAGE, "wb") as image:
        image.truncate(_SIZE)
    subprocess.run(["mkfs.ext4", "-q", _IMAGE], check=True)
    # A loop device that is free; the kernel lets go of it with the mount.
    subprocess.run(["mount", "-o", "loop", _IMAGE, folder], check=True)
    try:
        shutil.chown(folder, layer.USER, layer.USER)
        yield Disk(folder)
    finally:
        subprocess.run(["umount", folder], check=True)
        _IMAGE.unlink()


def _make_devices():
    for path, device in (("/dev/loop-control", _LOOP_CONTROL), *((f"/dev/loop{n}", (_LOOP, n)) for n in range(_LOOPS))):
        if not os.path.exists(path):
            kind = stat.S_IFCHR if path.endswith("control") else stat.S_IFBLK
            os.mknod(path, kind | 0o600, os.makedev(*device))
