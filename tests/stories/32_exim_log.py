# Exim beside Postfix: nexthopd follows its main log, and tells what its mail met, server by server, also those that
# were tried before the last one. What Exim did not try is no attempt.

from rig.exim import MAINLOG, Exim
from rig.mx import DROP

SETTINGS = f"""
[[exim]]
name = "exim-out"
log = "{MAINLOG}"
"""


def told(rig, count, domain):
    rows = rig.nexthopd.await_attempts(count, "--domain", domain, "--all")
    assert len(rows) == count, rows
    for row in rows:
        assert (row["instance"], row["mta"]) == ("exim-out", "exim"), row
    return sorted((r["recipient"].split("@")[0], r["server"], r["stage"], r["code"], r["status"], r["counted"])
                  for r in rows), rows


def story(rig):
    for selector in ("", "log_selector = +all"):
        exim = Exim(selector)
        rig.start("""
            fine MX 10 mx1
            two MX 10 mx2
            two MX 20 mx1
            mixed MX 10 mx3
            gone MX 10 refuses
            gone MX 20 mx1
            full MX 10 mx4
            nomail MX 0 .
            """, "", SETTINGS)
        rig.mx[2].answers(greeting="421 4.3.2 too busy")
        rig.mx[3].answers(rcpt={"later@mixed.test": "450 4.2.1 busy", "never@mixed.test": "550 5.1.1 unknown"})
        rig.mx[4].answers(eod=["452 4.2.2 full", "250 2.0.0 taken"])

        exim.send("user@fine.test")
        rows, full = told(rig, 1, "fine.test")
        assert rows == [("user", "mx1.test", "eod", 250, "sent", True)], rows
        assert full[0]["sender"] == "sender@mta.test" and full[0]["size"] > 100 and full[0]["retries"] == 0, full
        assert full[0]["address"] == "10.66.1.1" and full[0]["result"].startswith("250 2.0.0 taken"), full

        exim.send("a@two.test", "b@two.test")
        rows, _ = told(rig, 4, "two.test")
        assert rows[0] == ("a", "mx1.test", "eod", 250, "sent", True), rows
        greetings = [r for r in rows if r[1:5] == ("mx2.test", "greeting", 421, "deferred")]
        assert sorted(r[5] for r in greetings) == [False, True], rows  # two recipients, but one greeting

        exim.send("ok@mixed.test", "later@mixed.test", "never@mixed.test")
        rows, _ = told(rig, 3, "mixed.test")
        assert [r[0:5] for r in rows] == [("later", "mx3.test", "rcpt", 450, "deferred"),
                                          ("never", "mx3.test", "rcpt", 550, "bounced"),
                                          ("ok", "mx3.test", "eod", 250, "sent")], rows

        exim.send("user@full.test")
        exim.try_again()
        rows, full = told(rig, 2, "full.test")
        assert [r[1:5] for r in rows] == [("mx4.test", "eod", 250, "sent"), ("mx4.test", "eod", 452, "deferred")] or \
            [r[1:5] for r in rows] == [("mx4.test", "eod", 452, "deferred"), ("mx4.test", "eod", 250, "sent")], rows
        assert sorted(r["retries"] for r in full) == [0, 1], full

        exim.send("user@gone.test")
        rows, _ = told(rig, 2, "gone.test")
        assert [r[1:5] for r in rows] == [("mx1.test", "eod", 250, "sent"),
                                          ("refuses.test", "connect", None, "deferred")], rows

        rig.mx[1].answers(eod=DROP)
        exim.send("again@fine.test")
        rows, _ = told(rig, 2, "fine.test")
        assert rows[0][1:5] == ("mx1.test", "eod", None, "deferred"), rows

        exim.send("user@nomail.test")
        exim.send("user@mta.test")
        exim.send("last@full.test")  # behind these two in the log
        told(rig, 3, "full.test")
        assert rig.nexthopd.ctl("attempts", "--domain", "nomail.test", "--all") == []
        assert rig.nexthopd.ctl("attempts", "--domain", "mta.test", "--all") == []
