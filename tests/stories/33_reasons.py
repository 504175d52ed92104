# Servers refuse mail in words of their own, and the ledger shows why. Rules are data: a new one takes effect with a
# reload, one whose example it does not win is refused, and mistakes in them keep nothing from starting.

from rig.place import CHECKOUT

OWN = """
[[reply]]
name = "own-slots"
reason = "rate"
pattern = 'no slot for you'
wait = ': (?P<minutes>\\d+) min'
example = "450 no slot for you: 7 min"
example_wait = "7m"
"""


def reasons(rig, domain):
    return [row["reason"] for row in rig.nexthopd.ctl("attempts", "--domain", domain) if "server" in row]


def refused(rig, server, domain, **replies):
    before = len(reasons(rig, domain))
    rig.mx[server].answers(**replies)
    rig.mta.outcome(rig.mta.send(f"user{before}@{domain}"))
    rig.nexthopd.await_attempts(before + 1, "--domain", domain)
    return reasons(rig, domain)[0]


def story(rig):
    rig.start("one MX 10 mx1\ntwo MX 10 mx2\n")
    assert refused(rig, 1, "one.test", rcpt="450 4.2.2 mailbox is full") is None  # there are no rules yet

    rig.nexthopd.settings((CHECKOUT / "conf.d/replies.toml").read_text(), "replies.toml")
    assert rig.nexthopd.run("check").returncode == 0
    assert rig.nexthopd.run("reload").returncode == 0
    assert refused(rig, 1, "one.test", rcpt="450 4.2.2 mailbox is full") == "quota"
    assert refused(rig, 1, "one.test", rcpt="550 5.1.1 User unknown") == "recipient"
    assert refused(rig, 2, "two.test", greeting="554 mx2.test no access, rejected") == "reputation"
    assert refused(rig, 2, "two.test", rcpt="450 no slot for you: 9 min") is None

    rig.nexthopd.settings(OWN, "20-replies.toml")
    assert rig.nexthopd.run("reload").returncode == 0
    assert refused(rig, 2, "two.test", rcpt="450 no slot for you: 9 min") == "rate"
    said = rig.nexthopd.ctl("classify", "450 no slot for you: 9 min")
    assert said == [{"text": "450 no slot for you: 9 min", "reason": "rate", "rule": "own-slots", "wait": 540}], said
    assert rig.nexthopd.run("classify", "450 never heard").returncode == 1

    rig.nexthopd.settings(OWN.replace("no slot for you'", "no slot left'"), "20-replies.toml")
    check = rig.nexthopd.run("check")
    assert check.returncode == 1 and "20-replies.toml:2:1" in check.stderr and "its example is not matched" in check.stderr, check
    assert rig.nexthopd.run("reload").returncode == 1
    assert refused(rig, 2, "two.test", rcpt="450 no slot for you: 9 min") == "rate"  # the old ones stay

    rig.nexthopd.restart()
    rig.wait_for(lambda: "the last good rules are in force" in rig.nexthopd.log(), "the log to say so")
    assert "20-replies.toml:2:1" in rig.nexthopd.ctl("status")[0]["problems"][0]
    assert refused(rig, 2, "two.test", rcpt="450 no slot for you: 9 min") == "rate"
