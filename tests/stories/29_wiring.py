# `nexthopctl postfix enable` on a Postfix as it was installed: mail is held and filtered afterwards, tables that were
# there keep their meaning; `disable` gives the files back byte for byte, and a reload under way loses no mail.
# Without an answer nothing is changed; what was edited by hand is not touched.

import pathlib

ETC = pathlib.Path("/etc/postfix")
SCRIPT = """
function CheckServer(domain, mxserver)
    if domain == "held.test" then return false, 10 end
    if mxserver == "mx1.test" then return false, 10 end
end
"""
ZONE = """
one MX 10 mx1
one MX 20 mx2
held MX 10 mx1
table MX 10 mx1
"""
FILES = ("main.cf", "master.cf")


def texts():
    return {name: (ETC / name).read_bytes() for name in FILES}


def story(rig):
    (ETC / "transport").write_text("table.test smtp:[mx3.test]\n")
    rig.start(ZONE, SCRIPT, main_cf="transport_maps = texthash:/etc/postfix/transport\n", wired=False)
    bare = texts()
    wire = lambda *arguments: rig.nexthopd.run("postfix", *arguments)  # noqa: E731

    assert wire("status").returncode == 1
    rig.nexthopd.stop()
    refused = wire("enable")
    assert refused.returncode == 1 and "nothing was changed" in refused.stderr, refused
    assert texts() == bare
    rig.nexthopd.start()

    shown = wire("enable", "--dry-run")
    assert shown.returncode == 0 and "+ nexthopd_maps = texthash" in shown.stdout, shown
    assert texts() == bare
    done = wire("enable")
    assert done.returncode == 0 and "Postfix was reloaded" in done.stdout, done
    assert wire("enable").stdout == "nothing to change\n"
    status = wire("status")
    assert status.returncode == 0 and "look:" not in status.stdout, status
    rig.wait_for(lambda: rig.nexthopd.ctl("status")[0]["mxfilter"]["wired"], "Postfix to be asked about itself")

    rig.held(rig.mta.send("user@held.test"))
    rig.mta.send("user@one.test", "user@table.test")
    assert rig.delivered("user@one.test").server == 2
    assert rig.delivered("user@table.test").server == 3

    edited_by_hand(rig, wire)
    done = wire("disable")
    assert done.returncode == 0, done
    assert texts() == bare
    rig.mta.send("later@one.test")
    assert rig.delivered("later@one.test").server == 1
    assert wire("disable").stdout == "nothing to change\n"
    assert wire("enable", "--surfaces", "policy").returncode == 2


def edited_by_hand(rig, wire):
    wired = texts()
    main_cf = ETC / "main.cf"
    main_cf.write_bytes(wired["main.cf"].replace(b":mxfilter", b":mxfilter.news"))
    refused = wire("disable")
    assert refused.returncode == 1 and "changed by hand" in refused.stderr, refused
    assert (ETC / "master.cf").read_bytes() == wired["master.cf"]
    main_cf.write_bytes(wired["main.cf"])
