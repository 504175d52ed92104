"""The world's authoritative name server: NSD, with the zone `test.` that a story gives it."""

import os
import pathlib
import signal
import socket
import subprocess
import textwrap
import time

from . import network, validator
from .wait import wait_for

_FOLDER = pathlib.Path("/var/lib/story-dns")
_LOG = pathlib.Path("/var/log/nsd.log")
_CONF = f"""
server:
  ip-address: {network.NAME_SERVER}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{_FOLDER}"
  pidfile: "{_FOLDER}/nsd.pid"
  logfile: "{_LOG}"
  xfrdfile: "{_FOLDER}/xfrd.state"
  xfrdir: "{_FOLDER}"
  zonelistfile: "{_FOLDER}/zone.list"
  # Without it answers are dropped from 200 a second on that look like those of a reflection attack.
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: test
  zonefile: test.zone
# A zone without data: NSD answers SERVFAIL.
zone:
  name: servfail.test
  zonefile: absent.zone
"""
_HEAD = f"""$ORIGIN test.
$TTL 60
@ SOA ns.test. hostmaster.test. 1 60 60 60 60
@ NS ns
ns A {network.NAME_SERVER}
mta A {network.MTA}
refuses A {network.REFUSES}
""" + "".join(f"mx{n} A {network.mx_address(n)}\n" for n in range(1, network.MX_COUNT + 1))
# A query for `test. SOA` (RFC 1035 section 4.1); the first two bytes are its id.
_SOA_QUERY = b"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x06\x00\x01"


class Dns:
    def __init__(self, net):
        self._net = net
        self._server = None
        _FOLDER.mkdir(exist_ok=True)
        (_FOLDER / "nsd.conf").write_text(_CONF)

    def serve(self, records, signed=False):
        """Starts the server with these records besides ns, mta and mx1 ... mx20, or replaces them.

        `signed`: with DNSSEC; see validator.py.
        """
        self.stop()
        _LOG.unlink(missing_ok=True)
        (_FOLDER / "test.zone").write_text(_HEAD + textwrap.dedent(records))
        if signed:
            validator.sign(_FOLDER / "test.zone")
        self._launch()
        wait_for(self._is_up, lambda: "the name server: " + _LOG.read_text()[-2000:])

    def _launch(self):
        self._server = subprocess.Popen(["nsd", "-d", "-c", _FOLDER / "nsd.conf"], preexec_fn=self._net.enter_world,
                                        start_new_session=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _is_up(self):
        if self._server.poll() is not None:
            self._launch()  # a child of the one before had not let go of the port yet
        return self._answers()

    def fall_silent(self):
        """Queries are not answered any more."""
        os.killpg(self._server.pid, signal.SIGSTOP)

    def speak(self):
        """Undoes fall_silent(); what was asked meanwhile is answered now."""
        os.killpg(self._server.pid, signal.SIGCONT)

    def stop(self):
        if self._server:
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()
            self._server = None

    @staticmethod
    def _answers():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as query:
            query.settimeout(0.1)
            try:
                query.connect((network.NAME_SERVER, 53))
                query.send(_SOA_QUERY)
                reply = query.recv(512)
            except ConnectionRefusedError:
                time.sleep(0.01)
                return False
            except TimeoutError:
                return False
            return len(reply) > 12 and reply[3] & 0x0F == 0 and reply[7] > 0  # RCODE 0, an answer record
