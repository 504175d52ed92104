"""nexthopd itself: its settings and script, start and stop, and questions through nexthopctl.

It runs as the unprivileged user `nexthopd`, in the group postdrop, as its service unit has it.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

from . import layer, maillog, network
from .mta import SPOOL
from .place import BUILD, CHECKOUT
from .wait import wait_for

PROGRAMS = pathlib.Path(os.environ.get("NEXTHOPD_BUILD", BUILD / "release")).resolve()
CONF = pathlib.Path("/etc/nexthopd/conf.d")
SCRIPT = pathlib.Path("/etc/nexthopd/mxserverrules.lua")
STATE = pathlib.Path("/var/lib/nexthopd")
LOG = pathlib.Path("/var/log/nexthopd.log")
_SETTINGS = f"""
[listen]
socketmap = ["unix:{SPOOL}/nexthopd/socketmap"]
policy = []
control = "unix:/run/nexthopd/control"
http = ""
[[postfix]]
name = "postfix"
config_directory = "/etc/postfix"
log = "{maillog.PATH}"
[script]
file = "{SCRIPT}"
[dns]
servers = ["{network.NAME_SERVER}:53"]
[ledger]
database = "{STATE}/ledger.db"
"""


class Nexthopd:
    def __init__(self):
        self._process = None
        self.sockets = None  # of rig.sockets: handed over to each process; it opens its own else

    def configure(self, script="", settings="", shipped=False):
        """Fresh settings and script, no ledger. `settings` is a file of its own, read after the rig's.

        `shipped`: with the files of conf.d in place of the rig's settings.
        """
        for folder, owner in ((CONF, None), (STATE, layer.USER), (SPOOL / "nexthopd", layer.USER),
                              (pathlib.Path("/run/nexthopd"), layer.USER)):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            if owner:
                shutil.chown(folder, owner, owner)
        LOG.write_text("")
        if shipped:
            for file in (CHECKOUT / "conf.d").glob("*.toml"):
                shutil.copy(file, CONF)
            self._name_the_log()
        else:
            self.settings(_SETTINGS, "00-rig.toml")
        self.settings(settings)
        self.script(script)

    @staticmethod
    def _name_the_log():
        """As an administrator does whose Postfix writes to a file: there is no journal here."""
        file = CONF / "20-postfix.toml"
        text, changed = re.subn('^#log = ".*"', f'log = "{maillog.PATH}"', file.read_text(), count=1, flags=re.MULTILINE)
        assert changed == 1  # that of the first instance
        file.write_text(text)

    @staticmethod
    def script(text):
        SCRIPT.write_text(text)

    @staticmethod
    def settings(text, name="50-story.toml"):
        (CONF / name).write_text(text)

    def start(self, wrapper=()):
        """`wrapper`: a command that runs the rest of its command line, as `prlimit --nofile=64`, as nexthopd's user."""
        self.spawn(wrapper)
        wait_for(self._is_up, lambda: "nexthopd to start: " + LOG.read_text()[-2000:])

    def spawn(self, wrapper=(), mode=None):
        """Started, but perhaps not up yet; its process. `mode`: a further option, as `--pass`."""
        options, hand_over = self.sockets.handed_over() if self.sockets else ({}, [])
        with open(LOG, "ab") as log:
            self._process = subprocess.Popen(
                [*hand_over, "setpriv", f"--reuid={layer.USER}", f"--regid={layer.USER}", "--init-groups",
                 "--no-new-privs", *wrapper, PROGRAMS / "src/nexthopd", "-c", CONF, *([mode] if mode else [])],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
        return self._process

    def _is_up(self):
        assert self._process.poll() is None, f"nexthopd ended by itself:\n{LOG.read_text()[-2000:]}"
        status = self.run("status", "--json")
        # 1: up, but something is wrong. Before Postfix has said whose domains are whose, all mail is left alone.
        return status.returncode in (0, 1) and json.loads(status.stdout.splitlines()[0])["mta_known"]

    def stop(self):
        """As systemd does; its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """As a power cut does."""
        return self._end(signal.SIGKILL)

    def _end(self, number):
        if self._process is None:
            return None
        self._process.send_signal(number)
        status = self._process.wait(timeout=10)
        self._process = None
        return status

    def restart(self):
        self.stop()
        self.start()

    def alive(self):
        return self._process is not None and self._process.poll() is None

    def pid(self):
        return self._process.pid

    def hang_up(self):
        """SIGHUP: read settings and script again."""
        self._process.send_signal(signal.SIGHUP)

    @staticmethod
    def log():
        return LOG.read_text(errors="replace")

    @staticmethod
    def run(*arguments):
        """nexthopctl as an administrator types it: returncode, stdout, stderr."""
        return subprocess.run([PROGRAMS / "src/nexthopctl", "-c", CONF, *arguments], capture_output=True, text=True,
                              timeout=20)

    def ctl(self, *arguments):
        """The objects that `nexthopctl COMMAND --json` prints, one a line."""
        done = self.run(*arguments, "--json")
        assert done.returncode in (0, 1), f"nexthopctl {' '.join(arguments)}: {done.returncode} {done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    @staticmethod
    def check():
        """`nexthopd --check`: returncode, stdout, stderr."""
        return subprocess.run([PROGRAMS / "src/nexthopd", "-c", CONF, "--check"], capture_output=True, text=True,
                              timeout=20)

    def holds(self):
        return self.ctl("holds")

    def await_attempts(self, count, *filters):
        """Waits until the ledger shows so many attempts: the log is followed a moment behind Postfix."""
        def known():
            rows = [row for row in self.ctl("attempts", *filters) if "server" in row]
            return rows if len(rows) >= count else None

        return wait_for(known, f"{count} attempts {' '.join(filters)} in the ledger")
