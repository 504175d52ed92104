# Postfix logs to the journal: its own entries count and lead to a hold, a shell user's do not, and what is logged
# while nexthopd is stopped is counted once. The entries are those that journald would write: the lines of the real
# log, with the unit and the user that the kernel names for them.

import pathlib
import pwd
import re
import shutil
import subprocess
import time

from rig import maillog

SCRIPT = """
function CheckServer(domain, mxserver)
    if nexthop.count(mxserver, "4", 900) > 0 then return false, 10 end
end
"""
WRITER = "/lib/systemd/systemd-journal-remote"
LINE = re.compile(r"^\S+ +\S+ +\S+ \S+ (?P<tag>[^\[:]+)\[(?P<pid>\d+)\]: (?P<body>.*)$|"
                  r"^\S+T\S+ \S+ (?P<tag2>[^\[:]+)\[(?P<pid2>\d+)\]: (?P<body2>.*)$")


class Journal:
    def __init__(self):
        machine = pathlib.Path("/etc/machine-id")
        if not machine.exists():
            machine.write_text("0123456789abcdef0123456789abcdef\n")
        self.folder = pathlib.Path("/var/log/journal", machine.read_text().strip())
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.file = self.folder / "system.journal"
        self.copied = 0

    def write(self, tag, pid, body, unit="postfix@-.service", user="postfix"):
        now = time.time_ns() // 1000
        fields = {"__REALTIME_TIMESTAMP": now, "__MONOTONIC_TIMESTAMP": now % 10**12,
                  "_BOOT_ID": "0123456789abcdef0123456789abcdef", "_TRANSPORT": "syslog", "_SYSTEMD_UNIT": unit,
                  "_UID": pwd.getpwnam(user).pw_uid, "_PID": pid, "SYSLOG_IDENTIFIER": tag, "MESSAGE": body}
        text = "".join(f"{name}={value}\n" for name, value in fields.items()) + "\n"
        subprocess.run([WRITER, "-o", self.file, "-"], input=text.encode(), check=True, capture_output=True)
        self.file.chmod(0o644)

    def copy(self, lines):
        """What Postfix has logged since the last time."""
        for line in lines[self.copied:]:
            if found := LINE.match(line):
                self.write(found["tag"] or found["tag2"], found["pid"] or found["pid2"], found["body"] or found["body2"])
        self.copied = len(lines)


def story(rig):
    rig.start("""
        busy MX 10 mx1
        slow MX 10 mx2
        free MX 10 mx3
        """, SCRIPT)
    conf = pathlib.Path("/etc/nexthopd/conf.d/00-rig.toml")
    conf.write_text(conf.read_text().replace('log = "/var/log/mail.log"', 'log = "journal"'))
    rig.nexthopd.restart()
    rig.wait_for(lambda: any("there is no journal" in problem for problem in rig.nexthopd.ctl("status")[0]["problems"]),
                 "the missing journal to be told")
    rig.nexthopd.stop()

    journal = Journal()
    journal.write("postfix/master", 1, "daemon started", user="root")
    rig.nexthopd.start()
    rig.wait_for(lambda: not rig.nexthopd.ctl("status")[0]["problems"], "the journal to be found")

    rig.mx[1].answers(rcpt="450 4.7.1 try again later")
    rig.mta.outcome(rig.mta.send("first@busy.test"))
    journal.copy(maillog.lines())
    rows = rig.nexthopd.await_attempts(1, "--domain", "busy.test")
    assert [(row["server"], row["code"], row["instance"]) for row in rows] == [("mx1.test", 450, "postfix")], rows
    rig.wait_for(lambda: "delayed by local policy" in rig.ask("second@busy.test"), "the attempt to count")

    # Forged by a shell user with logger(1), and by root in another service.
    forged = ("4fForged00z1bctd: to=<x@slow.test>, relay=mx2.test[203.0.113.9]:25, delay=1, delays=0/0/0/1, dsn=4.7.1, "
              "status=deferred (host mx2.test[203.0.113.9] said: 450 4.7.1 later (in reply to RCPT TO command))")
    journal.write("postfix/smtp", 4711, forged, unit="user@1000.service", user="nobody")
    journal.write("postfix/smtp", 4711, forged, user="nobody")
    journal.write("postfix/smtp", 4711, forged, unit="cron.service", user="root")

    # Stopped meanwhile: caught up, once.
    rig.nexthopd.stop()
    journal.write("postfix/smtp", 4712, forged.replace("Forged00", "Real0000").replace("slow.test", "free.test")
                  .replace("mx2.test", "mx3.test").replace("203.0.113.9", "203.0.113.10"))
    for _ in range(2):
        rig.nexthopd.start()
        rows = rig.nexthopd.await_attempts(1, "--domain", "free.test")
        assert len(rows) == 1 and rows[0]["queue_id"] == "4fReal0000z1bctd", rows
        assert len(rig.nexthopd.ctl("attempts", "--domain", "busy.test")) == 1
        assert not [row for row in rig.nexthopd.ctl("attempts") if row["domain"] == "slow.test"]
        rig.nexthopd.stop()
    rig.nexthopd.start()

    # journald says that it threw lines away.
    assert rig.nexthopd.ctl("status")[0]["log_gap"] is None
    now = time.time_ns() // 1000
    text = (f"__REALTIME_TIMESTAMP={now}\n__MONOTONIC_TIMESTAMP={now % 10**12}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
            "_TRANSPORT=driver\n_SYSTEMD_UNIT=systemd-journald.service\n_UID=0\nSYSLOG_IDENTIFIER=systemd-journald\n"
            "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nN_DROPPED=917\n"
            "MESSAGE=Suppressed 917 messages from postfix@-.service\n\n")
    subprocess.run([WRITER, "-o", journal.file, "-"], input=text.encode(), check=True, capture_output=True)
    gap = rig.wait_for(lambda: rig.nexthopd.ctl("status")[0]["log_gap"], "the log gap to be noticed")
    assert "Suppressed 917 messages" in gap["why"], gap
    assert "log gap" in rig.nexthopd.run("status").stdout
