"""What a story is given: networks, name server, mail servers, Postfix and nexthopd, all together."""

import pathlib
import shutil
import socket

from . import daemon, maillog, question
from .daemon import Nexthopd
from .dns import Dns
from .mta import Mta
from .mx import Farm
from .network import Network
from .wait import wait_for

_LOGS = (maillog.PATH, daemon.LOG, pathlib.Path("/var/log/nsd.log"))


class Scene:
    """Made once per place; start() begins each story with nothing left of the one before."""

    def __init__(self):
        socket.sethostname("mta.test")
        self.network = Network()
        self.dns = Dns(self.network)
        self.mx = Farm(self.network)
        self.mta = Mta()
        self.nexthopd = Nexthopd()
        self.ask = question.ask
        self.wait_for = wait_for

    def start(self, zone, script="", settings="", main_cf="", wired=True, shipped=False):
        """Name server, Postfix, nexthopd, each fresh. Without `wired` Postfix does not know nexthopd."""
        self.end()
        self.mx.forget()
        self.dns.serve(zone)
        self.mta.wire(main_cf, wired)
        self.nexthopd.configure(script, settings, shipped)
        self.mta.start()
        self.nexthopd.start()

    def end(self):
        self.mta.stop()
        if self.nexthopd.alive():
            self.nexthopd.stop()
        self.dns.stop()

    def another_question(self):
        """qmgr remembers its last answer for 30 s; a question about someone else makes it forget."""
        self.mta.outcome(self.mta.send("postmaster@mta.test"))

    def delivered(self, recipient, timeout=15):
        """The one message to the recipient, awaited; it says which server took it."""
        messages = wait_for(lambda: self.mx.received(recipient), f"mail to {recipient}", timeout)
        assert len(messages) == 1, f"{recipient} got {len(messages)} messages"
        return messages[0]

    def held(self, queue_id, recipient=None, timeout=15):
        """The outcome of a message that nexthopd holds, awaited."""
        outcome = self.mta.outcome(queue_id, recipient, timeout=timeout)
        assert outcome.agent == "postfix/error" and outcome.status == "deferred", outcome
        assert "delayed by local policy until" in outcome.text, outcome
        return outcome

    @staticmethod
    def keep_logs(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for log in _LOGS:
            if log.exists():
                shutil.copyfile(log, folder / log.name)
