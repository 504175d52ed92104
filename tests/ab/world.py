"""The destinations that every configuration sends to, and the mail itself.

mx20 is where the altering script would send everything (modes.py): nobody else names it.
"""

import dataclasses

from rig.mx import OK

ZONE = """
one MX 10 mx1
one MX 20 mx2
two MX 10 mx2
three MX 10 mx3
three MX 20 mx4
solo A 10.66.1.5
nick CNAME solo
*.many MX 10 mx1
*.many MX 20 mx3
busy MX 10 mx6
busy MX 20 mx7
later MX 10 mx8
never MX 10 mx9
grey MX 10 mx10
null MX 0 .
closed MX 10 refuses
senders MX 10 mx11
archive MX 10 mx12
"""
# What becomes of mail to them:            one two three solo nick *.many: taken; busy: by the second server
_IN_TURN = ("two.test", "three.test", "solo.test", "busy.test", "later.test", "never.test", "grey.test",
            "absent.test", "null.test", "nick.test", "three.test")
_DOMAINS_IN_MANY = 25
_NULL_SENDER_EVERY = 10


@dataclasses.dataclass
class Mail:
    number: int
    sender: str
    recipients: list


def usual(number):
    """The recipients of the message with that number: a busy domain, one of many, and one that is special."""
    return [f"u{number}@one.test", f"u{number}@d{number % _DOMAINS_IN_MANY}.many.test",
            f"u{number}@{_IN_TURN[number % len(_IN_TURN)]}"]


def mails(count, recipients=usual):
    return [Mail(n, "" if n % _NULL_SENDER_EVERY == 9 else f"s{n % 3}@senders.test", recipients(n))
            for n in range(count)]


def behave(farm, sent):
    """What the servers of the special destinations answer to this mail."""
    farm[6].answers(rcpt="450 4.2.1 busy")
    farm[8].answers(rcpt="451 4.3.0 try later")
    farm[9].answers(rcpt="550 5.1.1 unknown")
    # Greylisting: each recipient is refused once.
    farm[10].answers(rcpt={r: ["450 4.2.0 greylisted", OK] for mail in sent for r in mail.recipients})
