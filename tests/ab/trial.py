"""One run: one configuration in one mode, with fresh Postfix, name server and nexthopd."""

import collections
import contextlib
import smtplib
import time

import outcome
import tables
import world
from queues import Queues

RATE = 200  # messages a second
# For tests: no second of waiting in smtpd, and no message refused for its rate.
_MAIN_CF = """
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 100000
smtpd_soft_error_limit = 100000
# The mail servers share this machine: they may be late.
smtp_connect_timeout = 20s
smtp_helo_timeout = 20s
smtp_mail_timeout = 20s
smtp_rcpt_timeout = 20s
smtp_data_init_timeout = 20s
smtp_data_done_timeout = 20s
# A dead server is not remembered: who is the first to find it dead is a matter of chance.
default_destination_concurrency_failed_cohort_limit = 0
"""


def run(rig, configuration, mode, count):
    """The outcome.Result."""
    began = time.monotonic()
    further = configuration.further
    rig.end()
    rig.mx.forget()
    zone = configuration.zone() if callable(configuration.zone) else configuration.zone
    rig.dns.serve(world.ZONE + zone, configuration.signed)
    tables.write(configuration.tables)
    rig.mta.wire(_MAIN_CF + configuration.main_cf, mode.wired, configuration.master_cf)
    if further:
        further.wire(_MAIN_CF, mode.wired)
    rig.nexthopd.configure(mode.script, mode.settings)
    rig.nexthopd.settings(configuration.settings, "10-configuration.toml")
    mails = world.mails(count, configuration.recipients)
    world.behave(rig.mx, mails)
    configuration.behave(rig.mx)
    queues = Queues([rig.mta, further.mta] if further else [rig.mta])
    with contextlib.ExitStack() as beside:
        for helper in configuration.beside:
            beside.enter_context(helper())
        mode.before(rig, beside)
        rig.mta.start()
        if further:
            beside.enter_context(further.running())
        mode.start(rig, beside)
        intake, rate = _send(rig, mails, mode, configuration.mta)
        queues.settle()
        mode.after(rig)
        if mode.outage:
            queues.deliver_the_unanswered()
        for _ in range(configuration.flushes):
            queues.flush()
        result = outcome.collect(rig, intake, rate, time.monotonic() - began)
    rig.end()
    return result


def _send(rig, mails, mode, mta):
    """Over one SMTP session; what smtpd answered to each recipient, and the messages a second."""
    intake = collections.Counter()
    with smtplib.SMTP(mta, 25, timeout=30) as client:
        client.ehlo("client.test")
        client.command_encoding = "utf-8"
        began = time.monotonic()
        for number, mail in enumerate(mails, 1):
            _send_one(client, mail, intake)
            mode.during(rig, number, len(mails))
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        return intake, len(mails) / (time.monotonic() - began)


def _send_one(client, mail, intake):
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
