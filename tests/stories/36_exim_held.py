# The published example with Exim, with a window of 6 seconds and a hold of 2: six messages are answered 450, the
# seventh is held without a try, and delivered when the hold ends, though Exim's retry time is a minute off. A hold is
# that of the message: a smaller one to the same recipient passes. It outlives a restart.

import re
import time

from rig.exim import ASKED, Exim, releaser

SCRIPT = """
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if domain == "sized.test" and messageSize > 2000 then return false, 0.05 end
    if domain == "later.test" and numRetries == 0 then return false, 10 end
    if defaultResult then
        x = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='"
        .. mxserver .. "' AND starttime > CURRENT_TIMESTAMP + '-6 SECONDS' AND LEFT(result, 1) = '4'")
        if tonumber(x[1].cnt) > 5 then
            return false, 2 / 60;
        end
    end
end
"""
LARGE = "Subject: large\n\n" + "x" * 70 + "\n" * 3000


def story(rig):
    exim = Exim(asks=True, retry="F,1h,1m")
    rig.start("busy MX 10 mx1\nsized MX 10 mx2\nlater MX 10 mx3\n", SCRIPT, ASKED)
    with releaser():
        published_example(rig, exim)
        one_message(rig, exim)
        restart(rig, exim)
    status = rig.nexthopd.ctl("status")[0]
    assert status["problems"] == [], status


def held(exim, recipient):
    outcome = exim.outcome(recipient)
    assert (outcome.flag, outcome.router) == ("==", "nexthopd_ask"), outcome
    found = re.search(r"4\.7\.0 delayed by local policy until \d\d:\d\d UTC \(nexthopd ([0-9A-HJKMNP-TV-Z]+)\)$", outcome.text)
    assert found, outcome
    return found[1], outcome


def published_example(rig, exim):
    rig.mx[1].answers(rcpt={f"user{n}@busy.test": "450 4.7.1 try again later" for n in range(6)})
    for number in range(6):
        exim.send(f"user{number}@busy.test")
    rig.nexthopd.await_attempts(6, "--domain", "busy.test")
    tried = len(rig.mx.connections_to(1))

    asked = time.monotonic()
    exim.send("seventh@busy.test")
    hold_id, outcome = held(exim, "seventh@busy.test")
    assert len(rig.mx.connections_to(1)) == tried
    hold = rig.nexthopd.holds()[0]
    assert (hold["id"], hold["waiting"]) == (hold_id, 1), hold
    why = rig.wait_for(lambda: rig.nexthopd.run("why", outcome.id).stdout.partition(hold_id)[2], "the log to tell of it")
    assert "450 4.7.1" in why, why

    rig.mx[1].answers()
    taken = rig.delivered("seventh@busy.test", timeout=30)
    # Longer where the attempts of the six still count when the hold ends: then it is held once more.
    assert 2 <= taken.at - asked < 25, taken.at - asked
    rig.wait_for(lambda: rig.nexthopd.holds() == [], "the hold to be over")


def one_message(rig, exim):
    exim.send("user@sized.test", text=LARGE)
    held(exim, "user@sized.test")
    exim.send("user@sized.test")
    assert "Once." in rig.delivered("user@sized.test").text
    assert [hold["waiting"] for hold in rig.nexthopd.holds()] == [1]
    for hold in rig.nexthopd.holds():
        assert rig.nexthopd.run("holds", "clear", hold["id"]).returncode == 0


def restart(rig, exim):
    exim.send("user@later.test")
    hold_id, _ = held(exim, "user@later.test")
    rig.nexthopd.restart()
    assert [hold["id"] for hold in rig.nexthopd.holds() if hold["key"] == "user@later.test"] == [hold_id]
    rig.nexthopd.script("")
    rig.nexthopd.run("reload")
    exim.try_again()
    assert held(exim, "user@later.test")[0] == hold_id, "held from memory, with no script"
    rig.nexthopd.run("holds", "clear", hold_id)
    rig.delivered("user@later.test")
