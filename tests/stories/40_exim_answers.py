# Exim asks nexthopd: it leaves mail alone, replaces servers, leaves the first one out, returns mail. A test is
# answered and not remembered, other users do not read the key, and nothing that others choose reaches an expansion.

import json
import pathlib

from rig.exim import ASKED, Exim, ask, question

SCRIPT = """
function GetOverrides(domain)
    if domain == "pinned.test" then return { "mx3.test:2525", "mx2.test" } end
    if domain == "six.test" then return "[fd66::104]:2525" end
    if domain == "bare.test" then return "fd66::104" end
    if domain == "other.test" then return { "mx5.test", transport = "other_smtp" } end
    if domain == "slow.test" then return { transport = "other_smtp" } end
    if domain == "wrong.test" then return { "mx5.test", transport = "${run{/bin/touch /tmp/evil}}" } end
    if domain == "none.test" then return nil, false end
end
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if domain == "two.test" and mxserver == "mx1.test" then return false, 10 end
    if domain == "evil.test" and mxserver == "mx1.test" then return false, 10 end
    return defaultResult
end
"""
ZONE = r"""
one MX 10 mx1
two MX 10 mx1
two MX 20 mx2
pinned MX 10 mx1
six MX 10 mx1
bare MX 10 mx1
other MX 10 mx1
slow MX 10 mx6
wrong MX 10 mx1
none MX 10 mx1
relayed MX 10 mx1
evil MX 10 mx1
evil MX 20 \036\123run\123\047bin\047touch\032\047tmp\047evil\125\125  ; ${run{/bin/touch /tmp/evil}}
evil MX 30 mx2
"""
EVIL = pathlib.Path("/tmp/evil")
LOCAL_PARTS = ("a b", 'quote"d', "${run{/bin/touch /tmp/evil}}", "$domain", "per%cent", "back\\slash", "tab\there",
               "umlaut-ü", "hold x", "=")


def story(rig):
    exim = Exim(asks=True)
    rig.start(ZONE, SCRIPT, ASKED)

    def sent(domain, local="user"):
        exim.send(f"{local}@{domain}")
        return rig.delivered(f"{local}@{domain}")

    assert (sent("one.test").server, sent("one.test", "second").server) == (1, 1)
    assert sent("two.test").server == 2
    assert not [c for c in rig.mx.connections_to(1) if any("two.test" in line for line in c.commands)]
    assert (sent("pinned.test").server, rig.mx.received("user@pinned.test")[0].port) == (3, 2525)
    six = sent("six.test")
    assert (six.server, six.port) == (4, 2525), six
    assert (sent("bare.test").server, rig.mx.received("user@bare.test")[0].port) == (4, 25)
    assert sent("other.test").server == 5
    assert any("EHLO other.test" in c.commands for c in rig.mx.connections_to(5))
    assert sent("slow.test").server == 6
    assert any("EHLO other.test" in c.commands for c in rig.mx.connections_to(6))
    assert sent("relayed.test").server == 1  # not asked about

    exim.send("user@none.test")
    failed = exim.outcome("user@none.test")
    assert (failed.flag, failed.router) == ("**", "nexthopd_ask:"), failed
    assert "5.4.4 the destination has no mail server (local policy)" in failed.text, failed
    rows = rig.nexthopd.ctl("attempts", "--domain", "none.test")
    assert rows == [], rows

    several_recipients(rig, exim)
    tests_are_dry(rig, exim)
    hostile(rig, exim)
    bad_clients(rig)
    status = rig.nexthopd.ctl("status")[0]
    assert status["problems"] == [], status


def several_recipients(rig, exim):
    recipients = [f"{name}@{domain}" for name in ("a", "b") for domain in ("one.test", "two.test", "pinned.test")]
    exim.send(*recipients)
    servers = {recipient: rig.delivered(recipient).server for recipient in recipients}
    assert servers == {r: {"one.test": 1, "two.test": 2, "pinned.test": 3}[r.split("@")[1]] for r in recipients}, servers


def tests_are_dry(rig, exim):
    before = rig.nexthopd.ctl("status")[0]
    assert "router = nexthopd_hosts" in exim.run("-bt", "user@pinned.test")
    assert "router = dnslookup" in exim.run("-bt", "user@one.test")
    after = rig.nexthopd.ctl("status")[0]
    assert after["questions"] == before["questions"], (before, after)
    assert after["exim"]["tests"] == before["exim"]["tests"] + 2, after
    assert "router = dnslookup" in exim.run("-bv", "-v", "user@pinned.test"), "verification does not ask"
    assert rig.nexthopd.ctl("status")[0]["exim"]["questions"] == after["exim"]["questions"]
    for what in ("router nexthopd_ask", "router nexthopd_hosts", "routers", "transports", "config", "macros"):
        shown = exim.run("-bP", *what.split(), user="nobody")
        assert "0123456789abcdef" not in shown, shown
    assert "<value not displayable>" in exim.run("-bP", "router", "nexthopd_ask", user="nobody")


def hostile(rig, exim):
    assert sent_to(rig, exim, "user@wrong.test").server == 1  # the script's mistake leaves it alone
    taken = sent_to(rig, exim, "user@evil.test")
    assert taken.server == 2, taken
    for local in LOCAL_PARTS:
        quoted = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
        exim.send(f"{quoted}@pinned.test")
        outcome = exim.outcomes()[-1]
        assert outcome.flag == "=>" and outcome.router == "nexthopd_hosts", (local, outcome)
    assert not EVIL.exists()


def sent_to(rig, exim, recipient):
    exim.send(recipient)
    return rig.delivered(recipient)


def bad_clients(rig):
    held = "1vN0Ab-0004hG-2x"
    assert ask(question("user@pinned.test", held)) == "route mx3.test::2525:mx2.test"
    assert ask(question("user@pinned.test", held)[:-1]) == "route mx3.test::2525:mx2.test"  # the end of the stream is one
    before = json.dumps(rig.nexthopd.ctl("status")[0]["exim"])
    assert ask(question("user@pinned.test", held, key="0123456789abcdef0123456789abcdeF")) == ""
    assert ask(question("user@pinned.test", "-Mrm")) == ""
    assert ask(b"") == "" and ask(b"\n") == "" and ask(b"EHLO x\r\n") == ""
    assert ask(b"ROUTE\t" + b"x" * 20_000) == ""
    after = rig.nexthopd.ctl("status")[0]["exim"]
    before = json.loads(before)
    assert after["wrong_key"] == before["wrong_key"] + 1 and after["malformed"] >= before["malformed"] + 3, after
    assert after["sessions"] == 0
    assert "0123456789abcde" not in rig.nexthopd.log()
