"""The servers that are measured: raw echo, and nexthopd in each of its configurations."""
import os
import time

from processes import SERVER_CORE, BenchError, accepts, run_load, socketmap, start, wait_until
from rows import DOMAINS, PROBE

SETTINGS = """\
[listen]
socketmap = ["unix:{folder}/socketmap"]
policy = []
exim = []
control = "unix:{folder}/control"
http = ""
[script]
file = "{folder}/hooks.lua"
[dns]
servers = ["127.0.0.1:{dns_port}"]
[ledger]
database = "{folder}/ledger.db"
[[postfix]]
name = "bench"
config_directory = ""
log = ""
"""


def fill_ledger(database, attempts):
    """Makes a ledger with so many attempts of the last hours, to the servers of d0, d1, ... (about 24 of them
    4xx and within 15 minutes for each server), and six 4xx to each server of PROBE within the last minutes.
    To be written when there is a way to fill one."""
    raise BenchError(f"no way yet to fill {os.path.basename(database)} with {attempts} attempts")


class RawEcho:
    def __init__(self, stack, tools, folder):
        os.mkdir(folder)
        self.path, self.log = os.path.join(folder, "socket"), os.path.join(folder, "log")
        self.process = start(stack, SERVER_CORE, [tools.raw_echo, "--unix", self.path], self.log)
        wait_until(lambda: accepts(self.path), self.process, "raw echo")


class Nexthopd:
    """A nexthopd whose cache holds the MX sets of all domains."""

    def __init__(self, stack, tools, folder, server, dns):
        os.makedirs(os.path.join(folder, "conf.d"))
        self.path, self.log = os.path.join(folder, "socketmap"), os.path.join(folder, "log")
        self.tools, self.server, self.dns, self.probes = tools, server, dns, 0
        with open(os.path.join(folder, "conf.d", "bench.toml"), "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(folder=folder, dns_port=dns.port))
        with open(os.path.join(folder, "hooks.lua"), "w", encoding="utf-8") as file:
            file.write(server.script)
        if server.attempts:
            fill_ledger(os.path.join(folder, "ledger.db"), server.attempts)
        command = [tools.nexthopd, "-c", os.path.join(folder, "conf.d")]
        self.process = start(stack, SERVER_CORE, command, self.log,
                             env={**os.environ, "STATE_DIRECTORY": folder})
        wait_until(lambda: accepts(self.path), self.process, "nexthopd")
        self.warm_up(stack)
        self.check_probe()

    def warm_up(self, stack):
        """Asks for every domain, until that takes no DNS query any more."""
        for _ in range(10):
            before = self.dns.statistics()
            run_load(stack, self.tools.load, self.path, self.log,
                     ["--queries", DOMAINS, "--domains", DOMAINS, "--connections", 8], timeout=60)
            if self.dns.statistics() == before:
                return
            time.sleep(0.2)  # lookups that took longer than the deadline of their question
        raise BenchError("its cache never holds all MX sets")

    def check_probe(self):
        """`NOTFOUND` is also the answer to everything that fails: see that the script really decides."""
        if not self.server.held_probe:
            return
        end = time.monotonic() + 10
        while True:
            # A new recipient each time: a hold that is known is answered without the script.
            self.probes += 1
            reply = socketmap(self.path, f"probe{self.probes}@{PROBE}")
            if reply.startswith("OK retry:"):
                return
            if time.monotonic() > end:
                raise BenchError(f"the script does not hold {PROBE}: {reply!r}")
            time.sleep(0.1)
