"""Greylisting with a stated time is retried once, at that time. A full mailbox holds nobody else."""

_ZONE = "one MX 10 mx1\n"
_RULES = """
[rules]
mode = "enforce"
[[reply]]
name = "later"
reason = "greylist"
pattern = 'greylisted'
wait = 'in (?P<seconds>\\d+) seconds'
example = "450 greylisted, try again in 300 seconds"
example_wait = "5m"
[[reply]]
name = "full"
reason = "quota"
pattern = 'mailbox full'
example = "452 4.2.2 Mailbox full"
[[rule]]
name = "greylist"
when = { reason = "greylist" }
hold = "mail"
for = "5m"
stated = true
[[rule]]
name = "mailbox-full"
when = { reason = "quota" }
hold = "mail"
for = "1h"
[[rule]]
name = "anything"
when = { class = "4" }
trigger = "2 in 1m"
hold = "domain"
"""


def story(rig):
    rig.start(_ZONE, settings=_RULES)
    rig.mx[1].answers(rcpt={"grey@one.test": ["450 4.2.0 Greylisted, try again in 3 seconds", None],
                            "full@one.test": "452 4.2.2 Mailbox full"})
    first = rig.mta.outcome(rig.mta.send("grey@one.test"))
    assert first.status == "deferred", first
    rig.another_question()
    hold = rig.wait_for(lambda: rig.nexthopd.holds(), "the hold")[0]
    assert (hold["scope"], hold["key"], hold["rule"], hold["waiting"]) == ("mail", "grey@one.test", "greylist", 1), hold
    rig.delivered("grey@one.test")
    tries = [c.at for c in rig.mx.connections_to(1)]
    assert len(tries) == 2 and 2.5 < tries[1] - tries[0] < 7, tries

    for _ in range(3):
        rig.mta.outcome(rig.mta.send("full@one.test"))
        rig.another_question()
    rig.wait_for(lambda: rig.nexthopd.holds(), "the hold of the full mailbox")
    assert [(h["scope"], h["key"]) for h in rig.nexthopd.holds()] == [("mail", "full@one.test")], rig.nexthopd.holds()
    rig.mta.send("other@one.test")
    rig.delivered("other@one.test")
