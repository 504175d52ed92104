# Exim returns what was put off for longer than its last retry rule (10 s here), and then the next new message to that
# address, too. So nexthopd lets mail of an address pass in time, though the script would hold it for ever: neither
# message is returned.

import time

from rig.exim import ASKED, Exim

SCRIPT = "function CheckServer() return false, 10 end"
LIMIT = 10


def story(rig):
    exim = Exim(asks=True, retry=f"F,{LIMIT}s,1s")
    rig.start("one MX 10 mx1\n", SCRIPT, ASKED + f'retry_limit = "{LIMIT}s"\n')
    began = time.monotonic()
    exim.send("user@one.test")
    assert exim.outcome("user@one.test").flag == "=="
    number = 0
    while not rig.mx.received("user@one.test"):
        # New messages and further tries keep the address put off without a break.
        number += 1
        exim.send("user@one.test", text=f"Subject: {number}\n\n")
        exim.try_again()
        assert time.monotonic() - began < LIMIT, "the mail should have passed by now"
        time.sleep(0.5)
    passed = time.monotonic() - began
    assert LIMIT / 2 - 1 <= passed, passed
    while time.monotonic() - began < LIMIT + 3:  # past the rule's end
        exim.send("user@one.test", text="Subject: later\n\n")
        exim.try_again()
        time.sleep(0.5)
    flags = {outcome.flag for outcome in exim.outcomes("user@one.test")}
    assert flags == {"==", "=>"}, flags
    assert "past_queue_lifetime" in rig.nexthopd.ctl("status")[0]["left_alone"]
