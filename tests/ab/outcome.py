"""What became of the mail of one run: from the log of Postfix, the mail servers, and the answers of smtpd."""

import collections
import dataclasses
import re

from rig import maillog

_DELAY = re.compile(r", delay=([\d.]+),")
# How Postfix defers mail when nexthopd does not answer at all (facts of trivial-rewrite, not of any server).
NOBODY_ANSWERED = "address resolver failure"


@dataclasses.dataclass
class Result:
    logged: collections.Counter    # (recipient, relay, status, dsn)
    # What the servers saw: (recipient, server, address, port, "asked", "encrypted" or ""),
    # (recipient, server, port, "taken")
    seen: collections.Counter
    intake: collections.Counter    # (recipient, reply code of smtpd)
    delays: dict                   # recipient -> seconds to the first outcome of each of its messages
    unanswered: int                # outcomes for want of nexthopd
    lines: list                    # the log
    rate: float = 0                # messages a second that were sent
    seconds: float = 0             # the whole run


def _from_log():
    logged, unanswered, first = collections.Counter(), 0, {}
    for line in maillog.lines():
        outcome = maillog.outcome_in(line)
        if outcome and NOBODY_ANSWERED in outcome.text:
            unanswered += 1
        elif outcome:
            logged[outcome.recipient, outcome.relay.lower(), outcome.status, outcome.dsn] += 1
            first.setdefault((outcome.recipient, outcome.id), float(_DELAY.search(line)[1]))
    delays = collections.defaultdict(list)
    for (recipient, _), seconds in first.items():
        delays[recipient].append(seconds)
    return logged, unanswered, {recipient: sorted(seconds) for recipient, seconds in delays.items()}


def _from_servers(farm):
    seen = collections.Counter()
    for connection in list(farm.connections):
        for command in connection.commands:
            if command.upper().startswith("RCPT TO:"):
                recipient = command[command.index("<") + 1:command.rindex(">")]
                seen[recipient, connection.server, connection.address, connection.port, "asked",
                     "encrypted" * connection.encrypted] += 1
    for message in list(farm.messages):
        for recipient in message.recipients:
            seen[recipient, message.server, message.port, "taken"] += 1
    return seen


def collect(rig, intake, rate, seconds):
    logged, unanswered, delays = _from_log()
    return Result(logged, _from_servers(rig.mx), intake, delays, unanswered, maillog.lines(), rate,
                  seconds)


def unanswered_now():
    """Whether the last outcome of some recipient still is that nobody answered."""
    last = {(outcome.recipient, outcome.id): outcome.text for outcome in maillog.outcomes()}
    return any(NOBODY_ANSWERED in text for text in last.values())
