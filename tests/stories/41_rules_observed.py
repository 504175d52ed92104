"""Rules in observe mode, as they are shipped: what they would do is recorded, and every message is tried."""

from importlib import import_module

_ZONE = "one MX 10 mx1\ntwo MX 10 mx2\n"


def story(rig):
    rig.start(_ZONE, settings=import_module("40_provider_busy").RULES)
    for n in (1, 2):
        rig.mx[n].answers(greeting="421 4.7.0 too many connections")
    for n in range(3):
        rig.mta.outcome(rig.mta.send(f"u{n}@one.test"))
        rig.another_question()
    hold = rig.wait_for(lambda: rig.nexthopd.holds(), "the record")[0]
    assert (hold["scope"], hold["key"], hold["mode"], hold["waiting"]) == ("provider", "busy", "observe", 0), hold
    outcome = rig.mta.outcome(rig.mta.send("v@two.test"))
    assert "421 4.7.0" in outcome.text, outcome
    assert len(rig.mx.connections_to(2)) == 1
    assert "mode=observe" in rig.nexthopd.log()
    assert rig.nexthopd.ctl("ask", "w@two.test")[0]["verdict"] == "leave alone"
