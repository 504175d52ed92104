# A hook keeps nexthopd from answering: within two seconds the process ends by itself, and started again it does not
# run that script, but delivers. A changed script is run. (Scripts know no such way: a library that is preloaded
# plays the part of one that does.)

import pathlib

from rig import daemon

SCRIPT = "function CheckServer() return false, 10 end\n"
STUCK = pathlib.Path("/var/lib/nexthopd/stuck")
LIBRARY = daemon.PROGRAMS / "tests/libnexthopd-stuck-hook.so"


def story(rig):
    rig.start("stuck MX 10 mx1\nheld MX 10 mx1\n", SCRIPT)
    rig.nexthopd.stop()
    rig.nexthopd.start(wrapper=["env", f"LD_PRELOAD={LIBRARY}", f"NEXTHOPD_STUCK={STUCK}"])
    STUCK.touch()
    rig.mta.send("user@stuck.test")
    rig.wait_for(lambda: not rig.nexthopd.alive(), "nexthopd to end by itself")
    assert "stuck in the hook CheckServer" in rig.nexthopd.log(), rig.nexthopd.log()

    rig.nexthopd.start()
    rig.another_question()  # qmgr remembers its last answer, here a failure, for 30 s
    rig.mta.flush()
    assert rig.delivered("user@stuck.test", timeout=30).server == 1
    problem = rig.nexthopd.ctl("status")[0]["problems"][0]
    assert "quarantine: CheckServer" in problem, problem
    assert rig.nexthopd.run("check").returncode == 1

    rig.nexthopd.script(SCRIPT + "-- changed\n")
    assert rig.nexthopd.run("reload").returncode == 0
    rig.held(rig.mta.send("user@held.test"))
