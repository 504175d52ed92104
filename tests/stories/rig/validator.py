"""DNSSEC: the world's zone is signed, and a resolver beside Postfix validates it.

    rig.dns.serve(zone, signed=True)
    with validator.running(insecure=["one.test"]): ...    asked at validator.ADDRESS
"""

import contextlib
import functools
import pathlib
import subprocess

from . import network
from .wait import wait_for

ADDRESS = "127.0.0.1"
_FOLDER = pathlib.Path("/var/lib/story-dnssec")
_LOG = _FOLDER / "unbound.log"


@functools.cache
def _keys():
    """Names of the files, without suffix, of the key that signs the zone's keys, and the one that signs the rest."""
    _FOLDER.mkdir(exist_ok=True)
    made = [subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", *which, "test"], cwd=_FOLDER, check=True,
                           stdout=subprocess.PIPE, text=True).stdout.strip() for which in (["-k"], [])]
    (_FOLDER / "anchor.key").write_text((_FOLDER / f"{made[0]}.key").read_text())
    return made


def sign(zone):
    """Replaces the file of the zone `test.` by a signed one."""
    subprocess.run(["ldns-signzone", "-f", zone, zone, *_keys()], cwd=_FOLDER, check=True)


def _conf(insecure):
    # test. is one of the zones that unbound answers by itself (RFC 6761) unless told otherwise.
    return f"""
server:
  interface: {ADDRESS}
  username: ""
  chroot: ""
  directory: "{_FOLDER}"
  pidfile: "{_FOLDER}/unbound.pid"
  logfile: "{_LOG}"
  use-syslog: no
  do-daemonize: no
  module-config: "validator iterator"
  trust-anchor-file: "{_FOLDER}/anchor.key"
  local-zone: "test." nodefault
""" + "".join(f'  domain-insecure: "{name}"\n' for name in insecure) + f"""
remote-control:
  control-enable: no
stub-zone:
  name: "test"
  stub-addr: {network.NAME_SERVER}
"""


@contextlib.contextmanager
def running(insecure=()):
    """The name server serves a signed zone already. `insecure`: domains whose signatures are not looked at."""
    _LOG.unlink(missing_ok=True)
    (_FOLDER / "unbound.conf").write_text(_conf(insecure))
    server = subprocess.Popen(["unbound", "-d", "-c", _FOLDER / "unbound.conf"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(_validates, lambda: "unbound to validate: " + (_LOG.read_text()[-2000:] if _LOG.exists() else ""))
        yield
    finally:
        server.terminate()
        server.wait()


def _validates():
    asked = subprocess.run(["drill", "-D", f"@{ADDRESS}", "mx1.test", "A"], check=False, stdout=subprocess.PIPE,
                           text=True)
    return " ad" in asked.stdout.partition(";; flags:")[2].partition(";")[0]
