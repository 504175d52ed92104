# The published example, with a window of 15 seconds instead of 15 minutes and a hold of 18 seconds instead of
# 10 minutes: six messages are answered 450, the seventh is held without a try, mail to another domain is not,
# and the held message is delivered once the hold ends.

import re
import time

SCRIPT = """
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if defaultResult then
        x = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='"
        .. mxserver .. "' AND starttime > CURRENT_TIMESTAMP + '-15 SECONDS' AND LEFT(result, 1) = '4'")
        if tonumber(x[1].cnt) > 5 then
            return false, 0.3;
        end
    end
end
"""


def story(rig):
    rig.start("""
        busy MX 10 mx1
        other MX 10 mx2
        """, SCRIPT)
    rig.mx[1].answers(rcpt="450 4.7.1 try again later")
    for number in range(6):
        outcome = rig.mta.outcome(rig.mta.send(f"user{number}@busy.test"))
        assert outcome.agent == "postfix/smtp" and outcome.status == "deferred", outcome
    rig.nexthopd.await_attempts(6, "--domain", "busy.test")
    tried = len(rig.mx.connections_to(1))

    asked = time.monotonic()
    seventh = rig.mta.send("seventh@busy.test")
    outcome = rig.held(seventh)
    assert re.fullmatch(r"delayed by local policy until \d\d:\d\d UTC \(nexthopd [0-9A-HJKMNP-TV-Z]+\)",
                        outcome.text), outcome
    assert len(rig.mx.connections_to(1)) == tried

    rig.mta.send("user@other.test")
    assert rig.delivered("user@other.test").server == 2

    hold_id = re.search(r"nexthopd (\w+)", outcome.text)[1]
    assert [hold["id"] for hold in rig.nexthopd.holds()] == [hold_id]
    why = rig.nexthopd.run("why", hold_id)
    assert why.returncode == 0 and "CheckServer" in why.stdout and "450 4.7.1" in why.stdout, why

    rig.mx[1].answers()
    taken = rig.delivered("seventh@busy.test", timeout=45)
    assert taken.server == 1
    assert 18 <= taken.at - asked < 40, taken.at - asked
    rig.wait_for(lambda: rig.nexthopd.holds() == [], "the hold to be over")
