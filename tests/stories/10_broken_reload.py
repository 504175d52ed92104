# A reload with a broken script is refused: the old one goes on, and the log and nexthopctl say what is wrong,
# with file and line. The repaired one takes over.

OLD = """
function CheckServer(domain, mxserver)
    if mxserver == "mx1.test" then return false end
end
"""
BROKEN = """
function CheckServer(domain, mxserver)
    if mxserver = "mx2.test" then return false end
end
"""
REPAIRED = BROKEN.replace(" = ", " == ")


def story(rig):
    rig.start("one MX 10 mx1\none MX 20 mx2\n", OLD)
    assert rig.ask("user@one.test") == "OK :[mx2.test]"

    rig.nexthopd.script(BROKEN)
    rig.nexthopd.hang_up()
    rig.wait_for(lambda: "mxserverrules.lua:3" in rig.nexthopd.log(), "the mistake in the log")
    assert rig.ask("user@one.test") == "OK :[mx2.test]"
    rig.mta.send("user@one.test")
    assert rig.delivered("user@one.test").server == 2

    refused = rig.nexthopd.run("reload")
    assert refused.returncode == 1 and "mxserverrules.lua:3" in refused.stderr + refused.stdout, refused

    rig.nexthopd.script(REPAIRED)
    assert rig.nexthopd.run("reload").returncode == 0
    assert rig.ask("user@one.test") == "OK :[mx1.test]"
