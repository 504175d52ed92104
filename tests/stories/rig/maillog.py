"""What Postfix logged about its deliveries."""

import dataclasses
import pathlib
import re

PATH = pathlib.Path("/var/log/mail.log")
_OUTCOME = re.compile(r" (?P<agent>postfix\S*)\[\d+\]: (?P<id>[0-9A-Za-z]+): to=<(?P<to>.*?)>, (?:orig_to=<.*?>, )?"
                      r"relay=(?P<relay>\S+), .*?dsn=(?P<dsn>[\d.]+), status=(?P<status>\w+) \((?P<text>.*)\)$")


@dataclasses.dataclass
class Outcome:
    agent: str      # postfix/smtp, postfix/error ...
    id: str
    recipient: str
    relay: str
    dsn: str
    status: str     # sent, deferred, bounced
    text: str


def lines():
    return PATH.read_text(errors="surrogateescape").splitlines() if PATH.exists() else []


def outcome_in(line):
    """None where the line tells of no delivery."""
    match = _OUTCOME.search(line) if " status=" in line else None
    return match and Outcome(match["agent"], match["id"], match["to"], match["relay"], match["dsn"], match["status"],
                             match["text"])


def outcomes(queue_id=None, recipient=None):
    return [outcome for line in lines() if (outcome := outcome_in(line))
            and queue_id in (None, outcome.id) and recipient in (None, outcome.recipient)]
