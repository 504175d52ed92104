"""One run: one configuration in one mode, with fresh Postfix, name server and nexthopd."""

import collections
import contextlib
import pathlib
import smtplib
import subprocess
import time

from rig import maillog
from rig.mta import SPOOL
from rig.wait import wait_for

import outcome
import tables
import world

_SETTLE = 120  # seconds for all mail to be delivered or deferred
_FLUSHES_AFTER_OUTAGE = 5
# For tests: no second of waiting in smtpd, and no message refused for its rate.
_MAIN_CF = """
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 100000
smtpd_soft_error_limit = 100000
smtp_connect_timeout = 1s
smtp_helo_timeout = 1s
smtp_mail_timeout = 1s
smtp_rcpt_timeout = 1s
# A dead server is not remembered: who is the first to find it dead is a matter of chance.
default_destination_concurrency_failed_cohort_limit = 0
"""


def run(rig, configuration, mode, count):
    """The outcome.Result."""
    began = time.monotonic()
    rig.end()
    rig.mx.forget()
    rig.dns.serve(world.ZONE + configuration.zone)
    tables.write(configuration.tables)
    rig.mta.wire(_MAIN_CF + configuration.main_cf, mode.wired, configuration.master_cf)
    rig.nexthopd.configure(mode.script, mode.settings)
    mails = world.mails(count, configuration.recipients)
    world.behave(rig.mx, mails)
    configuration.behave(rig.mx)
    with contextlib.ExitStack() as beside:
        for helper in configuration.beside:
            beside.enter_context(helper())
        mode.before(rig, beside)
        rig.mta.start()
        mode.start(rig, beside)
        intake = _send(rig, mails, mode, configuration.mta)
        settle()
        mode.after(rig)
        if mode.outage:
            _deliver_the_unanswered(rig)
        for _ in range(configuration.flushes):
            _flush(rig)
        result = outcome.collect(rig, intake, time.monotonic() - began)
    rig.end()
    return result


def _send(rig, mails, mode, mta):
    """Over one SMTP session; what smtpd answered to each recipient."""
    intake = collections.Counter()
    with smtplib.SMTP(mta, 25, timeout=30) as client:
        client.ehlo("client.test")
        client.command_encoding = "utf-8"
        for number, mail in enumerate(mails, 1):
            utf8 = " SMTPUTF8" if not "".join(mail.recipients).isascii() else ""
            # Not through client.mail() and rcpt(): these rewrite unusual addresses.
            code, text = client.docmd(f"MAIL FROM:<{mail.sender}>{utf8}")
            assert code == 250, text
            codes = [client.docmd(f"RCPT TO:<{recipient}>")[0] for recipient in mail.recipients]
            intake.update(zip(mail.recipients, codes))
            if 250 in codes:
                code, text = client.data(f"Subject: {mail.number}\r\nMessage-Id: <{mail.number}@test>\r\n\r\nMail.\r\n")
                assert code == 250, text
            else:
                client.rset()
            mode.during(rig, number, len(mails))
    return intake


def _files(*queues):
    return {path.name for queue in queues for path in (SPOOL / queue).rglob("*") if not path.is_dir()}


def settle():
    """Waits until every message is gone or deferred, and the log says so."""
    wait_for(lambda: not _files("maildrop") and not _files("incoming") and not _files("active") and _all_told(),
             lambda: f"the queue to settle: {len(_files('incoming', 'active'))} messages are active", _SETTLE)


def _all_told():
    _log_barrier()
    begun, done = set(), set()
    for line in maillog.lines():
        words = line.split(" ", 7)
        if "postfix/" not in line or len(words) < 7:
            continue
        if "(queue active)" in line or "message-id=" in line:
            begun.add(_queue_id(line))
        elif line.endswith(": removed"):
            done.add(_queue_id(line))
    return begun - done <= _files("deferred")


def _queue_id(line):
    return line.split("]: ", 1)[1].partition(":")[0]


def _log_barrier():
    """Postfix logs through postlogd, in order: what was logged before this mark is in the file with it."""
    mark = f"barrier {time.monotonic_ns()}"
    subprocess.run(["postlog", "-t", "postfix/ab", mark], check=True, stderr=subprocess.DEVNULL)
    wait_for(lambda: mark in pathlib.Path(maillog.PATH).read_text(errors="replace"), "postlogd")


def _activations():
    return collections.Counter(_queue_id(line) for line in maillog.lines() if "(queue active)" in line)


def _flush(rig):
    """Tries all deferred mail once more."""
    waiting = _files("deferred")
    if not waiting:
        return
    before = _activations()
    rig.mta.flush()
    wait_for(lambda: all(_activations()[i] > before[i] for i in waiting), "deferred mail to be tried again", _SETTLE)
    settle()


def _deliver_the_unanswered(rig):
    for _ in range(_FLUSHES_AFTER_OUTAGE):
        if not outcome.unanswered_now():
            return
        _flush(rig)
    raise AssertionError("nexthopd is back, but Postfix still finds nobody who answers")
