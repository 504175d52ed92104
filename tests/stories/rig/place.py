"""A copy-on-write view of this machine's files.

Mail packages must never be installed on the machine itself: it may run a mail system whose packages
conflict. So they are installed into an overlay: every file is the machine's, every change goes to a
tmpfs that only this run sees. /proc, /dev, /run and /tmp are new, so that the machine's daemons,
their pid files and their sockets are out of reach.
"""

import os
import pathlib
import subprocess

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
BUILD = CHECKOUT / "build"  # git ignores it
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# A machine may keep these on file systems of their own; an overlay shows one file system only.
_SYSTEM = ("/usr", "/var", "/etc", "/opt")
_DISKS = ("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "overlay")


def _mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def _file_systems():
    """Mount points that need an overlay each, outermost first."""
    found = {"/"}
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        point, kind = fields.split()[4], rest.split()[0]
        if kind in _DISKS and any(point == s or point.startswith(s + "/") for s in _SYSTEM):
            found.add(point)
    return sorted(found)


class Place:
    """Assembled in a private mount namespace (namespaces.run_isolated); it ends with that."""

    def __init__(self):
        mount_point = BUILD / "place"
        mount_point.mkdir(parents=True, exist_ok=True)
        _mount("-t", "tmpfs", "-o", "mode=755", "nexthopd-place", mount_point)
        self.changes = mount_point / "changes"  # one folder per file system: what differs from the machine
        self.root = mount_point / "root"
        self.changes.mkdir()
        self.root.mkdir()
        self._scratch = mount_point / "scratch"

    def assemble(self, visible=()):
        """Mounts the view. The checkout and `visible` folders show through, writable, as they are."""
        for point in _file_systems():
            name = point.strip("/").replace("/", "-") or "root"
            upper, work = self.changes / name, self._scratch / name
            upper.mkdir(exist_ok=True)
            work.mkdir(parents=True)
            upper.chmod(0o755)
            _mount("-t", "overlay", "-o", f"lowerdir={point},upperdir={upper},workdir={work}", "nexthopd-place",
                   self.inside(point))
        _mount("-t", "proc", "proc", self.inside("/proc"))
        for folder, mode in (("/run", "755"), ("/tmp", "1777"), ("/dev", "755"), ("/sys", "755")):
            _mount("-t", "tmpfs", "-o", f"mode={mode}", "nexthopd-place", self.inside(folder))
        for name in _DEVICES:
            self.inside("/dev", name).touch()
            _mount("--bind", f"/dev/{name}", self.inside("/dev", name))
        for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
            self.inside("/dev", name).symlink_to("/proc/self/fd" + target)
        self.inside("/dev/shm").mkdir(mode=0o1777)
        for folder in {CHECKOUT, *map(pathlib.Path, visible)}:
            self.inside(folder).mkdir(parents=True, exist_ok=True)
            _mount("--bind", folder, self.inside(folder))

    def inside(self, *parts):
        return self.root.joinpath(*(str(part).lstrip("/") for part in parts))

    def enter(self):
        """From here on `/` is the view."""
        os.chroot(self.root)
        os.chdir("/")
        os.environ.update(PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME="/root",
                          LC_ALL="C.UTF-8")
        os.environ.pop("TMPDIR", None)
