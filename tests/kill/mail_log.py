"""Logs of a Postfix that never was: several SMTP clients at once, servers that fail, messages that come back."""

import datetime
import random

FAILURES = ("connect", "greeting", "lost", "rcpt")
START = datetime.datetime(2026, 11, 1, 10, 0, 0, tzinfo=datetime.timezone.utc)


class MailLog:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.now = START
        self.serial = 0
        self.processes = {pid: [] for pid in range(2001, 2021)}
        self.deferred = []  # (queue id, sender, size, recipients)
        self.put_off = {}  # process -> what will be deferred after its last line

    def line(self):
        """The next line, with its end."""
        self.now += datetime.timedelta(microseconds=self.random.randrange(1, 400_000))
        pid = self.random.choice(list(self.processes))
        if not self.processes[pid]:
            self.processes[pid] = self.delivery(pid)
        body = self.processes[pid].pop(0)
        if not self.processes[pid] and pid in self.put_off:
            self.deferred.append(self.put_off.pop(pid))
        stamp = self.now.isoformat(timespec="microseconds")
        program = "qmgr[900]" if body.startswith("Q ") else f"smtp[{pid}]"
        return f"{stamp} mta postfix/{program}: {body[2:]}\n"

    def message(self):
        if self.deferred and self.random.random() < 0.3:
            return self.deferred.pop(self.random.randrange(len(self.deferred)))
        self.serial += 1
        queue_id = "4" + "".join(self.random.choices("BCDFGHJKLMNPQRSTVWXYZbcdfghj0123456789", k=9)) + "z1bc2"
        domain = f"d{self.random.randrange(30)}.example"
        recipients = [f"u{self.serial}.{i}@{domain}" for i in range(self.random.choice((1, 1, 1, 2, 3)))]
        return queue_id, f"s{self.serial}@sender.example", self.random.randrange(400, 90_000), recipients

    def delivery(self, pid):
        """The lines of one message in one round: `Q` of the queue manager, `S` of the client."""
        queue_id, sender, size, recipients = self.message()
        domain = recipients[0].split("@")[1]
        lines = [f"Q {queue_id}: from=<{sender}>, size={size}, nrcpt={len(recipients)} (queue active)"]
        if self.random.random() < 0.2:
            lines.append("S warning: run-time library vs. compile-time header version mismatch: nothing of interest")
        servers = [f"mx{i}.{domain}[192.0.{int(domain[1:-8])}.{i}]" for i in range(1, 5)]
        failing = self.random.choice((0, 0, 0, 1, 1, 2, 3))
        told = ""
        for server in servers[:failing]:
            kind = self.random.choice(FAILURES)
            if kind == "connect":
                told = f"connect to {server}:25: Connection timed out"
                lines.append(f"S {told}")
            elif kind == "greeting":
                lines.append(f"S {queue_id}: host {server} refused to talk to me: 421 4.7.0 try {self.serial} later")
            elif kind == "lost":
                lines.append(f"S {queue_id}: lost connection with {server} while sending MAIL FROM")
            else:
                for i in range(len(recipients)):
                    lines.append(f"S {queue_id}: host {server} said: 450 4.2.0 <{self.serial}.{i}> busy, "
                                 "come back (in reply to RCPT TO command)")
        ends = self.random.choice(("sent", "sent", "sent", "bounced", "deferred", "greeting", "connect"))
        if ends == "connect" and not (failing and kind == "connect"):
            ends = "sent"
        server = servers[failing]
        for i, recipient in enumerate(recipients):
            begin = f"S {queue_id}: to=<{recipient}>, relay={'none' if ends == 'connect' else server + ':25'}, delay=0.4,"
            begin += f" delays=0.{self.serial % 90 + 10}/0.01/0.1/0.2, "
            lines.append(begin + {
                "sent": f"dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {self.serial}.{i})",
                "bounced": f"dsn=5.1.1, status=bounced (host {server} said: 550 5.1.1 <{i}>: unknown "
                           "(in reply to RCPT TO command))",
                "deferred": f"dsn=4.2.2, status=deferred (host {server} said: 452 4.2.2 <{i}> over quota "
                            "(in reply to RCPT TO command))",
                "greeting": f"dsn=4.7.0, status=deferred (host {server} refused to talk to me: 421 4.7.0 no)",
                "connect": f"dsn=4.4.1, status=deferred ({told})",
            }[ends])
        if ends in ("sent", "bounced"):
            lines.append(f"Q {queue_id}: removed")
        else:
            self.put_off[pid] = (queue_id, sender, size, recipients)
        return lines
