"""systemd as the first process of a place (tests/stories/rig/place.py): units are run, not only looked at.

It has process ids, mounts and control groups of its own, and the network and the files of the place.
"""

import os
import pathlib
import shutil
import subprocess
import time

# Not for a place: they change the kernel, or mount what the machine has mounted already.
_MASKED = ("systemd-modules-load.service", "systemd-sysctl.service", "systemd-binfmt.service", "systemd-udevd.service",
           "systemd-networkd.service", "systemd-resolved.service", "dev-hugepages.mount", "sys-kernel-debug.mount",
           "sys-kernel-tracing.mount", "sys-kernel-config.mount", "sys-fs-fuse-connections.mount")
# systemd puts services into mount namespaces, which needs a root that is a mount of its own.
_BOOT = """
set -e
echo $$ >{group}/cgroup.procs
exec unshare --cgroup sh -ec '
cd {root}
mount -t proc nexthopd-place proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t cgroup2 nexthopd-place sys/fs/cgroup
pivot_root . mnt
umount -l /mnt
mount --make-rshared /
exec env -i container=nexthopd-place PATH=/usr/sbin:/usr/bin /lib/systemd/systemd \
    --system --unit=basic.target --log-target=journal
'
"""


class Systemd:
    """To be made after the place was assembled and before it is entered."""

    def __init__(self, place):
        self._groups = place.inside("/srv")  # all control groups, while this runs
        subprocess.run(["mount", "-t", "cgroup2", "nexthopd-place", self._groups], check=True)
        self._group = self._groups / f"nexthopd-place-{os.getpid()}"
        self._group.mkdir()
        self._handle = os.open(self._group, os.O_RDONLY)
        self._furnish(place)
        self._outer = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child=KILL", "sh", "-c",
             _BOOT.format(group=self._group, root=place.root)], stdin=subprocess.DEVNULL)
        self._pid = None

    @staticmethod
    def _furnish(place):
        devices = place.inside("/dev")
        subprocess.run(["mount", "-t", "sysfs", "-o", "ro", "nexthopd-place", place.inside("/sys")], check=True)
        (devices / "pts").mkdir()
        (devices / "ptmx").symlink_to("pts/ptmx")
        units = place.inside("/etc/systemd/system")
        for wants in units.glob("*.wants"):  # of the machine
            shutil.rmtree(wants)
        for name in _MASKED:
            (units / name).unlink(missing_ok=True)
            (units / name).symlink_to("/dev/null")
        place.inside("/usr/sbin/policy-rc.d").unlink(missing_ok=True)  # packages may start their services

    def await_start(self):
        end = time.monotonic() + 30
        while True:
            assert self._outer.poll() is None, "systemd ended"
            children = pathlib.Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children").read_text().split()
            if children:
                self._pid = children[0]
                if self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"):
                    return
            assert time.monotonic() < end, "systemd did not come up"
            time.sleep(0.05)

    def run(self, *command, check=True, **others):
        """A command among systemd's processes: returncode and stdout, with what it said on standard error."""
        done = subprocess.run(["nsenter", "-t", self._pid, "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root",
                               "--wd=/", *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, **others)
        assert done.returncode == 0 or not check, f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}"
        return done

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def active(self, unit):
        return self.show(unit, "ActiveState") == "active"

    def journal(self):
        """Its last lines; none before it has started."""
        return self.run("journalctl", "--no-pager", "-n", "60", check=False).stdout if self._pid else ""

    def end(self):
        self._outer.kill()
        self._outer.wait()
        # The control groups stay behind else: they belong to the machine.
        descriptor = f"/proc/self/fd/{self._handle}"
        for _ in range(100):
            try:
                for folder, _, _ in os.walk(descriptor, topdown=False):
                    if folder != descriptor:
                        os.rmdir(folder)
                os.rmdir(pathlib.Path("/srv") / self._group.name)
                return
            except OSError:  # its last processes are ending
                time.sleep(0.05)
