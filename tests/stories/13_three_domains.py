# A message has recipients in three domains, and one of the domains is held: the other two get it at once, the
# third gets it when the hold is over, and nobody gets it twice.

SCRIPT = """
function CheckServer(domain)
    if domain == "three.test" then return false, 0.1 end
end
"""


def story(rig):
    rig.start("one MX 10 mx1\ntwo MX 10 mx2\nthree MX 10 mx3\n", SCRIPT)
    queued = rig.mta.send("a@one.test", "b@two.test", "c@three.test")
    assert rig.delivered("a@one.test").server == 1
    assert rig.delivered("b@two.test").server == 2
    rig.held(queued, "c@three.test")
    assert rig.mx.received("c@three.test") == []

    rig.nexthopd.script("")
    assert rig.nexthopd.run("reload").returncode == 0
    rig.another_question()
    assert rig.delivered("c@three.test", timeout=30).server == 3
    assert len(rig.mx.received("a@one.test")) == len(rig.mx.received("b@two.test")) == 1
