"""A rule with a typo holds a domain for 20 hours: the hold survives a restart, is cleared by the rule's name, and its
mail leaves. With the rule gone from the settings, holds of it end by themselves."""

_ZONE = "one MX 10 mx1\ntwo MX 10 mx2\n"
_RULES = """
[rules]
mode = "enforce"
[[rule]]
name = "typo"
when = { class = "4" }
hold = "domain"
for = "20h"
"""


def story(rig):
    rig.start(_ZONE)
    rig.nexthopd.settings(_RULES, "60-rules.toml")
    assert rig.nexthopd.run("reload").returncode == 0
    for n in (1, 2):
        rig.mx[n].answers(greeting=["421 4.3.2 busy", None])
    rig.mta.outcome(rig.mta.send("a@one.test"))
    rig.wait_for(lambda: rig.nexthopd.holds(), "the hold")
    waits = rig.mta.send("b@one.test")
    rig.held(waits)
    rig.another_question()
    rig.nexthopd.restart()
    hold = rig.wait_for(lambda: rig.nexthopd.holds(), "the hold after the restart")[0]
    assert (hold["scope"], hold["key"]) == ("domain", "one.test"), hold
    rig.wait_for(lambda: rig.nexthopd.holds()[0]["waiting"] == 1, "who waits to be known again")
    rig.held(rig.mta.send("c@one.test"))
    rig.another_question()
    cleared = rig.nexthopd.ctl("holds", "clear", "--rule", "typo")[0]
    assert cleared["holds"] == 1, cleared
    assert "holds cleared: rule=typo holds=1 by=root" in rig.nexthopd.log()
    rig.delivered("b@one.test")
    rig.delivered("c@one.test")
    assert not rig.nexthopd.holds()

    rig.mta.outcome(rig.mta.send("a@two.test"))
    rig.wait_for(lambda: rig.nexthopd.holds(), "the second hold")
    rig.held(rig.mta.send("b@two.test"))
    rig.another_question()
    rig.wait_for(lambda: rig.nexthopd.holds()[0]["waiting"] == 1, "who waits")
    rig.nexthopd.settings("", "60-rules.toml")
    assert rig.nexthopd.run("reload").returncode == 0
    rig.delivered("b@two.test")
    assert not rig.nexthopd.holds()
