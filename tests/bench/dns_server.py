"""A local authoritative DNS server (nsd) with the zone bench.example."""
import os
import socket
import subprocess

from processes import LOAD_CORE, BenchError, start, wait_until
from rows import DOMAINS, PROBE

# A day: nothing expires during a run, neither an answer nor (SOA minimum) the absence of AAAA records.
HEAD = """\
$ORIGIN bench.example.
$TTL 86400
@ SOA ns hostmaster 1 3600 600 864000 86400
@ NS ns
ns A 127.0.0.1
"""

CONFIG = """\
server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: ""
  xfrdfile: ""
  zonelistfile: "{folder}/zone.list"
  logfile: "{folder}/nsd.log"
  # Response rate limiting would drop all but 200 queries/s of one client.
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: yes
  control-interface: {folder}/control
zone:
  name: bench.example
  zonefile: zone
"""


def two_servers(owner, host):
    """Two MX with an address each."""
    return (f"{owner} MX 10 mx1{host}\n{owner} MX 20 mx2{host}\n"
            f"mx1{host} A 192.0.2.1\nmx2{host} A 192.0.2.2\n")


def zone():
    """d0, d1, ... have mail servers of their own; all others share two, as a provider's customers do."""
    names = [f"d{i}" for i in range(DOMAINS)] + [PROBE.split(".", 1)[0]]
    return HEAD + two_servers("*", "") + "".join(two_servers(name, "." + name) for name in names)


def free_port():
    """A port of loopback that neither UDP nor TCP uses."""
    for _ in range(100):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]
    raise BenchError("no free port")


class DnsServer:
    def __init__(self, stack, folder):
        os.mkdir(folder)
        self.config, self.port = os.path.join(folder, "nsd.conf"), free_port()
        with open(self.config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(port=self.port, folder=folder))
        with open(os.path.join(folder, "zone"), "w", encoding="ascii") as file:
            file.write(zone())
        # It shares the load generator's core: what it costs is not the server's.
        process = start(stack, LOAD_CORE, ["nsd", "-d", "-c", self.config], os.path.join(folder, "log"))
        wait_until(lambda: self.statistics() is not None, process, "nsd")

    def statistics(self):
        """How many queries it has answered; None while it does not run."""
        done = subprocess.run(["nsd-control", "-c", self.config, "stats_noreset"], capture_output=True,
                              text=True, timeout=10, check=False)
        found = [line for line in done.stdout.splitlines() if line.startswith("num.queries=")]
        return int(found[0].split("=")[1]) if found else None
