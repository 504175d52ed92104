"""Attempts in a Postfix log, found slowly and simply, from what Postfix writes (not from what nexthopd reads).

All lines of one smtp(8) process that follow each other and belong to one message and one round of it are one
delivery. What failed before the recipients' lines was met by each of them; a connection's end counts once.
"""

import collections
import re

LINE = re.compile(r"(\S+) \S+ postfix/(smtp|qmgr)\[(\d+)\]: (.*)")
ACTIVE = re.compile(r"(\w+): from=<(.*)>, size=(\d+), nrcpt=\d+ \(queue active\)")
CONNECT = re.compile(r"connect to (.*?)\[(.*?)\]:(\d+): .*")
INTERIM = re.compile(r"(\w+): ((?:host|lost connection with) (.*?)\[(.*?)\].*)")
TO = re.compile(r"(\w+): to=<(.*?)>, relay=(\S+), .*?dsn=([\d.]+), status=(\w+) \((.*)\)")
STAGES = {"MAIL FROM": "mail", "RCPT TO": "rcpt"}

Failure = collections.namedtuple("Failure", "time server address stage code dsn result each")


def failure(time, text, server, address, dsn=None):
    """What one server did, in the words of smtp(8)."""
    said = re.search(r"said: (.*) \(in reply to (.*) command\)$", text)
    refused = re.search(r"refused to talk to me: (.*)$", text)
    reply = said[1] if said else refused[1] if refused else None
    if reply:
        stage = STAGES[said[2]] if said else "greeting"
        return Failure(time, server, address, stage, int(reply[:3]), dsn or reply.split()[1], reply, stage == "rcpt")
    dsn, stage = ("4.4.1", "connect") if text.startswith("connect to") else ("4.4.2", "mail")
    return Failure(time, server, address, stage, None, dsn, f"{dsn} {text}", False)


def attempts(lines):
    """A Counter of (time, queue id, sender, size, recipient, server, address, status, stage, code, dsn, result,
    counted)."""
    found = collections.Counter()
    messages, rounds = {}, collections.Counter()
    processes = collections.defaultdict(list)
    for line in lines:
        parts = LINE.match(line)
        if not parts:
            continue
        stamp, program, pid, body = parts.groups()
        time = stamp[:19].replace("T", " ")
        active = ACTIVE.match(body)
        if active:
            messages[active[1]] = (active[2], int(active[3]))
            rounds[active[1]] += 1
        elif program == "smtp":
            match = TO.match(body) or INTERIM.match(body) or CONNECT.match(body)
            if match:
                kind = {TO: "to", INTERIM: "interim", CONNECT: "connect"}[match.re]
                key = None if kind == "connect" else (match[1], rounds[match[1]])
                processes[pid].append((key, time, kind, match))
    for entries in processes.values():
        delivery, key, loose = [], None, []
        for entry in entries:
            if entry[0] is None:
                loose.append(entry)
            elif entry[0] != key:
                found.update(rows(delivery, key, messages))
                delivery, key, loose = loose + [entry], entry[0], []
            else:
                delivery, loose = delivery + loose + [entry], []
        found.update(rows(delivery, key, messages))
    return found


def rows(delivery, key, messages):
    """Of one delivery, whose failures come before its recipients."""
    met = collections.OrderedDict()  # server -> failures, in the order in which they were tried
    recipients = []
    for _, time, kind, match in delivery:
        if kind == "connect":
            met.setdefault((match[1], match[2]), []).append(failure(time, match[0], match[1], match[2]))
        elif kind == "interim":
            met.setdefault((match[3], match[4]), []).append(failure(time, match[2], match[3], match[4]))
        else:
            recipients.append((time, match))
    out = []
    for number, (time, match) in enumerate(recipients):
        _, recipient, relay, dsn, status, text = match.groups()
        whole = CONNECT.match(text) if relay == "none" else re.match(r"(.*)\[(.*)\]:25", relay)
        own = (whole[1], whole[2])
        first = (key[0], *messages[key[0]], recipient)

        def row(one, state, counted):
            return (one.time, *first, one.server, one.address, state, one.stage, one.code, one.dsn, one.result,
                    int(counted))

        for server, failures in met.items():
            if server == own:
                continue  # told again by the recipient's line
            if failures[0].each:
                out.append(row(failures[number], "deferred", True))
            else:
                out.append(row(failures[0], "deferred", number == 0))
        if status == "sent":
            out.append(row(Failure(time, *own, "eod", int(text[:3]), dsn, text, True), status, True))
        else:
            end = failure(time, text, *own, dsn)
            out.append(row(end, status, end.each or number == 0))
    return out
