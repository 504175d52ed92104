# Old logs are imported while nexthopd runs: once, whatever the file is called and however it is compressed, and not
# what nexthopd has followed already. Then an address is taken out of the ledger again.

import gzip
import pathlib
import shutil

from rig import daemon, maillog

OLD = pathlib.Path("/var/log/mail.log.old")
LINES = "".join(
    f"2026-11-{day:02}T10:00:00.000000+00:00 mta postfix/smtp[{day}]: 4jXZhQ2SJnz1bcr{day:02}: to=<user{day}@old.test>, "
    f"relay=mx{day % 3}.old.test[192.0.2.{day}]:25, delay=0.1, delays=0.1/0/0/0, dsn=4.7.0, status=deferred "
    f"(host mx{day % 3}.old.test[192.0.2.{day}] said: 450 4.7.0 not now (in reply to RCPT TO command))\n"
    for day in range(1, 21))


def imported(rig, *files):
    return rig.nexthopd.ctl("ingest", *map(str, files))[0]


def story(rig):
    rig.start("one MX 10 mx1\n", settings='[ledger]\nretention = "3650d"\n')
    rig.mta.send("user@one.test")
    rig.nexthopd.await_attempts(1, "--domain", "one.test")

    OLD.write_text(LINES)
    assert imported(rig, OLD)["attempts"] == 20
    assert imported(rig, OLD)["attempts"] == 0
    shutil.copy(OLD, "/var/log/other.name")
    packed = pathlib.Path("/var/log/mail.log.9.gz")
    packed.write_bytes(gzip.compress(LINES.encode()))
    assert imported(rig, "/var/log/other.name", packed)["attempts"] == 0
    assert imported(rig, maillog.PATH)["attempts"] == 0, "nexthopd follows that log"
    found = rig.nexthopd.ctl("attempts", "--domain", "old.test")
    assert len(found) == 20 and {row["code"] for row in found} == {450}, found
    assert rig.nexthopd.run("ingest", "/nowhere").returncode != 0

    assert rig.nexthopd.run("forget", "user7@old.test").returncode == 0
    assert all("user7@" not in row["recipient"] for row in rig.nexthopd.ctl("attempts", "--domain", "old.test"))
    for file in daemon.STATE.glob("ledger.db*"):
        assert b"user7@old.test" not in file.read_bytes(), file
