# `nexthopctl exim enable` on Debian's configuration of Exim, split and not, with and without a smarthost: mail is routed
# and held afterwards, no user reads the key, and `disable` gives the files back byte for byte. A smarthost is not gone
# around. What was edited by hand is not touched, and what Exim would not take is not left.

import pathlib

from rig.exim import ASKED, DebianExim, give_key

ETC = pathlib.Path("/etc/exim4")
SCRIPT = """
function CheckServer(domain, mxserver)
    if domain == "held.test" then return false, 10 end
    if mxserver == "mx1.test" then return false, 10 end
end
"""
ZONE = "two MX 10 mx1\ntwo MX 20 mx2\nheld MX 10 mx1\nrelayed MX 10 mx1\n"


def story(rig):
    give_key()
    for kind, split in (("internet", True), ("internet", False), ("smarthost", True)):
        exim = DebianExim(kind, split)
        rig.start(ZONE, SCRIPT, ASKED)
        wired(rig, exim, kind, split)
    refused(rig)
    pathlib.Path("/usr/sbin/exim4").unlink()


def wired(rig, exim, kind, split):
    bare = exim.files()
    wire = lambda *arguments: rig.nexthopd.run("exim", *arguments)  # noqa: E731
    assert wire("status").returncode == 1
    exim.send("before@two.test")
    assert rig.delivered("before@two.test").server == (1 if kind == "internet" else 9)

    shown = wire("enable", "--dry-run")
    assert shown.returncode == 0 and "+ nexthopd_ask:" in shown.stdout, shown
    assert exim.files() == bare
    done = wire("enable")
    assert done.returncode == 0, done
    assert "0123456789abcdef" not in done.stdout + shown.stdout
    assert wire("enable").stdout == "nothing to change\n"
    status = wire("status")
    assert status.returncode == 0 and "look:" not in status.stdout, status
    changed = {str(pathlib.Path(path).relative_to(ETC)) for path, content in exim.files().items() if bare.get(path) != content}
    assert changed == {"nexthopd.key"} | ({"conf.d/main/02_nexthopd", "conf.d/router/190_nexthopd"} if split
                                          else {"exim4.conf.template"}), changed

    exim.send("user@two.test", "user@relayed.test")
    # A smarthost is not replaced; but mail can be held.
    assert rig.delivered("user@two.test").server == (2 if kind == "internet" else 9)
    rig.delivered("user@relayed.test")
    exim.send("user@held.test")
    assert exim.outcome("user@held.test").router == "nexthopd_ask", exim.outcomes()
    assert "delayed by local policy" in exim.outcome("user@held.test").text
    for what in ("config", "macros", "routers", "router nexthopd_ask"):
        assert "0123456789abcdef" not in exim.run("-bP", *what.split(), user="nobody")

    edited_by_hand(wire, exim, "conf.d/router/190_nexthopd" if split else "exim4.conf.template")
    done = wire("disable")
    assert done.returncode == 0, done
    assert exim.files() == bare
    assert wire("disable").stdout == "nothing to change\n"
    exim.send("after@two.test")
    assert rig.delivered("after@two.test").server == (1 if kind == "internet" else 9)


def edited_by_hand(wire, exim, name):
    path = ETC / name
    text = path.read_text()
    path.write_text(text.replace("{2s}", "{3s}"))
    before = exim.files()
    for action in ("enable", "disable"):
        refused = wire(action)
        assert refused.returncode == 1 and "changed by hand" in refused.stderr, refused
    assert exim.files() == before
    path.write_text(text)


def refused(rig):
    """A configuration that Exim does not take is not left behind; one that is not Debian's is not touched."""
    exim = DebianExim("internet", True)
    (ETC / "conf.d/router/195_broken").write_text("broken:\n  driver = nosuch\n")
    before = exim.files()
    done = rig.nexthopd.run("exim", "enable")
    assert done.returncode == 1 and "the files are as they were" in done.stderr, done
    assert exim.files() == before
    (ETC / "exim4.conf").write_text("")
    done = rig.nexthopd.run("exim", "enable")
    assert done.returncode == 2 and "other configurations" in done.stderr, done
    (ETC / "exim4.conf").unlink()
