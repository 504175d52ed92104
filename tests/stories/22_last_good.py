# nexthopd starts again after somebody broke the script, and later the settings: it goes on with those that were in
# force, says so, and takes the mended ones with a reload. Without any, it leaves all mail alone.

SCRIPT = 'function GetOverrides(domain) return "mx2.test" end\n'


def server_of(rig, recipient):
    rig.mta.send(recipient)
    return rig.delivered(recipient).server


def story(rig):
    rig.start("one MX 10 mx1\n", SCRIPT)
    assert server_of(rig, "a@one.test") == 2

    rig.nexthopd.script("function GetOverrides(domain) return fals e end\n")
    rig.nexthopd.restart()
    assert server_of(rig, "b@one.test") == 2
    assert "mxserverrules.lua:1" in rig.nexthopd.ctl("status")[0]["problems"][0]
    assert rig.nexthopd.run("status").returncode == 1

    rig.nexthopd.script('function GetOverrides(domain) return "mx3.test" end\n')
    assert rig.nexthopd.run("reload").returncode == 0
    assert server_of(rig, "c@one.test") == 3

    rig.nexthopd.settings("mode = 7\n")
    rig.nexthopd.restart()
    assert server_of(rig, "d@one.test") == 3
    rig.wait_for(lambda: "the last good settings and script are in force" in rig.nexthopd.log(), "the log to say so")

    rig.nexthopd.stop()
    rig.nexthopd.configure("function (", "mode = 7\n")  # nothing is kept
    rig.nexthopd.start()
    assert server_of(rig, "e@one.test") == 1
