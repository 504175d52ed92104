"""The mail packages, installed once into a view of the machine (place.py) and kept for the next run.

What the installation changed is kept as build/stories/layer-KEY.tar. KEY covers the machine's own
list of packages: where that changes, the layer is made anew.
"""

import hashlib
import os
import pathlib
import subprocess
import tempfile

from . import namespaces
from .place import BUILD, Place

PACKAGES = ("postfix", "nsd", "iproute2", "libgnutls-dane0", "libidn12", "libpcre2-8-0", "libdb5.3",
            "systemd-journal-remote", "unbound", "ldnsutils", "faketime")
# Exim's packages conflict with those of Postfix: they are unpacked beside, not installed.
EXIM, EXIM_USER = pathlib.Path("/opt/exim"), "Debian-exim"
USER, ADMIN_GROUP = "nexthopd", "nexthopd-admin"
_KEPT = BUILD / "stories"
_INSTALL = f"""
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends {' '.join(PACKAGES)}
getent group {ADMIN_GROUP} >/dev/null || groupadd --system {ADMIN_GROUP}
getent passwd {USER} >/dev/null || useradd --system --user-group --home-dir / --shell /usr/sbin/nologin {USER}
usermod --append --groups postdrop,adm {USER}
getent passwd {EXIM_USER} >/dev/null || useradd --system --user-group --home-dir / --shell /usr/sbin/nologin {EXIM_USER}
unpacked=$(mktemp -d)
cd $unpacked
apt-get -q download exim4-daemon-light exim4-config exim4-base
for package in *.deb; do dpkg -x $package {EXIM}; done
cd /
rm -r $unpacked
"""


def _key():
    machine = pathlib.Path("/var/lib/dpkg/status").read_bytes()
    return hashlib.sha256(machine + _INSTALL.encode()).hexdigest()[:16]


def prepared(progress=lambda text: None):
    """The layer's file; installs the packages first where that has not been done."""
    layer = _KEPT / f"layer-{_key()}.tar"
    if layer.exists():
        return layer
    progress(f"Installing {', '.join(PACKAGES)} into a view of this machine (once; the machine keeps its own)")
    _KEPT.mkdir(parents=True, exist_ok=True)
    child = os.fork()  # the caller must not stay in the installation's namespaces
    if child == 0:
        os._exit(namespaces.run_isolated(namespaces.FILES, lambda: _install(layer)))
    try:
        status = os.waitpid(child, 0)[1]
    except KeyboardInterrupt:
        os.waitpid(child, 0)
        raise
    if status != 0:
        raise SystemExit(f"The packages could not be installed; see {_KEPT}/install.log")
    return layer


def _install(layer):
    # The machine's /etc/resolv.conf may be a link into /run, which the view does not show.
    resolver = pathlib.Path("/etc/resolv.conf").read_text()
    place = Place()
    place.assemble()
    outside = os.open("/", os.O_RDONLY)
    with open(_KEPT / "install.log", "wb") as log:
        place.enter()
        for folder in ("/var/lib/apt/lists", "/var/cache/apt"):  # not worth keeping
            subprocess.run(["mount", "-t", "tmpfs", "nexthopd-place", folder], check=True)
        _write("/etc/resolv.conf", resolver)
        # invoke-rc.d asks this before it starts or stops a daemon; 101 means no.
        _write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")
        os.chmod("/usr/sbin/policy-rc.d", 0o755)
        done = subprocess.run(["sh", "-c", _INSTALL], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    if done.returncode != 0:
        return 1
    os.fchdir(outside)
    os.chroot(".")
    for old in _KEPT.glob("layer-*.tar"):
        old.unlink()
    with tempfile.NamedTemporaryFile(dir=_KEPT, prefix="new-", delete=False) as new:
        # trusted.*: how overlayfs marks what was removed.
        tar = ["tar", "-C", place.changes, "--xattrs", "--xattrs-include=*", "--numeric-owner", "-cf", new.name, "."]
        subprocess.run(tar, check=True)
    os.rename(new.name, layer)
    return 0


def unpack(layer, place):
    """Puts the layer into a place that is not assembled yet."""
    tar = ["tar", "-C", place.changes, "--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", layer]
    subprocess.run(tar, check=True)


def _write(path, text):
    path = pathlib.Path(path)
    path.unlink(missing_ok=True)
    path.write_text(text)
