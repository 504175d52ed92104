"""The Postfix instance: Debian's packages and master.cf, chrooted as Debian has it, wired to nexthopd.

The wiring is that of nexthopd-postfix(7): qmgr resolves through a trivial-rewrite service of its own whose
transport_maps is nexthopd, after the tables that were there. The parameter transport_maps itself stays as it
was, and smtpd never asks nexthopd.
"""

import contextlib
import json
import os
import pathlib
import shutil
import smtplib
import subprocess

from . import maillog, network
from .wait import wait_for

SPOOL = pathlib.Path("/var/spool/postfix")
_ETC = pathlib.Path("/etc/postfix")
_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "trace")
_MAIN_CF = f"""
compatibility_level = 3.7
maillog_file = {maillog.PATH}
myhostname = mta.test
mydestination = mta.test, localhost
local_transport = discard:local mail
local_recipient_maps =
mynetworks = 127.0.0.0/8, 10.66.0.0/16
inet_interfaces = all
inet_protocols = all
smtp_address_preference = ipv4
alias_maps =
alias_database =
biff = no
enable_long_queue_ids = yes
recipient_delimiter = +
smtpd_relay_restrictions = permit_mynetworks, reject
transport_maps =
# Nothing is tried again by itself within a story.
minimal_backoff_time = 600s
queue_run_delay = 600s
smtp_connect_timeout = 4s
smtp_helo_timeout = 4s
smtp_mail_timeout = 4s
smtp_rcpt_timeout = 4s
smtp_data_init_timeout = 4s
smtp_data_done_timeout = 6s
smtp_tls_security_level =
smtpd_tls_security_level = none
"""
_SOCKETMAP = "socketmap:unix:nexthopd/socketmap:transport"


class Mta:
    """`suffix`: of the names of a further instance, as `-out` for /etc/postfix-out and /var/spool/postfix-out."""

    def __init__(self, suffix=""):
        self._master = None
        self.config = pathlib.Path(f"{_ETC}{suffix}")
        self.spool = pathlib.Path(f"{SPOOL}{suffix}")
        self._own = f"""
config_directory = {self.config}
queue_directory = {self.spool}
data_directory = /var/lib/postfix{suffix}
multi_instance_name = postfix{suffix}
syslog_name = postfix{suffix}
""" if suffix else ""
        self.config.mkdir(exist_ok=True)
        (self.spool / "etc").mkdir(parents=True, exist_ok=True)
        resolve_through(network.NAME_SERVER, self.spool)
        for folder in (pathlib.Path("/etc"), self.spool / "etc"):  # the chroot has its own copies
            (folder / "hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n{network.MTA} mta.test\n")
        for name in ("services", "nsswitch.conf"):
            shutil.copy(f"/etc/{name}", self.spool / "etc")
        self.wire()
        subprocess.run(["postfix", "-c", self.config, "check"], check=True)  # makes the queue directories

    def wire(self, main_cf="", wired=True, master_cf=()):
        """Writes a fresh configuration; `main_cf` (one parameter a line) replaces or is added to the rig's.

        `master_cf`: postconf(1) commands, as ("-Me", "name/type = ..."), that are run before the wiring.
        """
        shutil.copy("/usr/share/postfix/master.cf.dist", self.config / "master.cf")
        given = {line.partition("=")[0].strip() for line in main_cf.splitlines()}
        kept = [line for line in (_MAIN_CF + self._own).splitlines()
                if line.partition("=")[0].strip() not in given - {""}]
        (self.config / "main.cf").write_text("\n".join(kept) + "\n" + main_cf)
        for arguments in master_cf:
            self._postconf(*arguments)
        if wired:
            self._ask_nexthopd()
        self._age_main_cf()

    def _ask_nexthopd(self):
        tables = self._postconf("-h", "transport_maps")
        chroot = self._postconf("-Fh", "rewrite/unix/chroot")
        verify = "$nexthopd_verify_maps" if tables else ""
        self._postconf("-e", "nexthopd_maps = " + ", ".join(filter(None, (tables, _SOCKETMAP))))
        if tables:
            self._postconf("-e", f"nexthopd_verify_maps = {tables}")
        self._postconf("-Me", f"nexthop-rewrite/unix = nexthop-rewrite unix - - {chroot} - - trivial-rewrite"
                  f" -o transport_maps=$nexthopd_maps -o address_verify_transport_maps={verify}")
        self._postconf("-Pe", "qmgr/unix/rewrite_service_name=nexthop-rewrite")

    def start(self):
        """With an empty queue and an empty log."""
        self.stop()
        self.empty()
        maillog.PATH.write_text("")
        shutil.chown(maillog.PATH, "root", "adm")
        maillog.PATH.chmod(0o640)
        self.resume()

    def empty(self):
        """Its queue; the instance does not run."""
        for queue in _QUEUES:
            for entry in (self.spool / queue).glob("*"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def resume(self):
        """With queue and log as they are."""
        starts = self._starts()
        self._launch()
        wait_for(lambda: self._is_up(starts), "Postfix to start")

    def _launch(self):
        # What `postfix start-fg` ends with; its checks of the installation take two seconds each time.
        self._master = subprocess.Popen(["/usr/lib/postfix/sbin/master", "-s", "-c", self.config],
                                        start_new_session=True)

    def _is_up(self, starts):
        if self._master.poll() is not None:
            self._launch()  # a child of the one before had not let go of the port yet
        return self._starts() > starts

    def stop(self):
        if self._master:
            self._master.terminate()
            self._master.wait(timeout=10)
            self._master = None

    @staticmethod
    def _starts():
        return sum("daemon started" in line for line in maillog.lines())

    def send(self, *recipients, sender="sender@mta.test", size=0):
        """Over SMTP, as a mail client does; returns the queue id."""
        options = ["SMTPUTF8"] if not all(r.isascii() for r in recipients) else []
        with smtplib.SMTP(network.MTA, 25, timeout=10) as client:
            client.ehlo("client.test")
            client.command_encoding = "utf-8"
            # Not through client.mail() and rcpt(): these rewrite unusual addresses.
            for command in (f"MAIL FROM:<{sender}> {' '.join(options)}".rstrip(),
                            *(f"RCPT TO:<{r}>" for r in recipients)):
                code, text = client.docmd(command)
                assert code == 250, f"{command}: {code} {text}"
            code, text = client.data("Subject: a story\r\n\r\nOnce upon a time.\r\n" + ("x" * 70 + "\r\n") * (size // 72))
            assert code == 250, text
        return text.decode().rsplit(" ", 1)[1]

    @staticmethod
    @contextlib.contextmanager
    def session(sender="sender@mta.test"):
        """An SMTP session after MAIL FROM."""
        with smtplib.SMTP(network.MTA, 25, timeout=10) as client:
            client.ehlo("client.test")
            client.docmd(f"MAIL FROM:<{sender}>")
            yield client

    @staticmethod
    def sendmail(*recipients, sender="sender@mta.test"):
        """Through sendmail(1), as a local program does."""
        subprocess.run(["sendmail", "-f", sender, *recipients], input="Subject: a story\n\nOnce.\n", text=True,
                       check=True)

    def queue(self):
        """Of each queued message: queue_name, queue_id, recipients: [address, delay_reason] ..."""
        output = subprocess.run(["postqueue", "-c", self.config, "-j"], capture_output=True, check=True).stdout
        return [json.loads(line) for line in output.splitlines()]

    def flush(self, queue_id=None):
        """Another attempt now, of one message or of all."""
        subprocess.run(["postqueue", "-c", self.config, *(["-i", queue_id] if queue_id else ["-f"])], check=True)

    @staticmethod
    def outcome(queue_id, recipient=None, nth=1, timeout=15):
        """The nth outcome that is logged for the message (and recipient), awaited."""
        def logged():
            found = maillog.outcomes(queue_id, recipient)
            return found[nth - 1] if len(found) >= nth else None

        return wait_for(logged, f"outcome {nth} of {queue_id} {recipient or ''}", timeout)

    def _age_main_cf(self):
        """Postfix programs wait until main.cf is two seconds old (dict_load_file_xt())."""
        os.utime(self.config / "main.cf", (0, 0))

    def _postconf(self, *arguments):
        self._age_main_cf()
        done = subprocess.run(["postconf", "-c", self.config, *arguments], check=True, stdout=subprocess.PIPE,
                              text=True)
        return done.stdout.strip()


def resolve_through(name_server, *spools):
    """All of Postfix asks this name server from its next start on; `spools` of instances have copies for chroot."""
    for folder in (pathlib.Path("/"), *spools):
        # AD of its answers is believed where smtp(8) asks for DNSSEC; other programs do not look.
        (folder / "etc/resolv.conf").write_text(f"nameserver {name_server}\noptions timeout:2 attempts:1 trust-ad\n")
