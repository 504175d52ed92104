# Two thousand, then twenty thousand questions a second, not waiting for one another, one in a hundred of them
# hostile: scripts that loop, absurd addresses; and a hundred clients beside that send a byte now and then. All
# are answered, and 999 of 1 000 within the deadline.

import json
import subprocess

from rig.daemon import PROGRAMS
from rig.mta import SPOOL

DEADLINE = 0.250
HOSTILE = ["user@loop.test", "x" * 4000 + "@good.test", '"a b\\"c"@good.test', "user@[192.0.2.1]", "user@" + "a." * 120,
           "user", "@", "*", "\udcff\udcfe@good.test", "user@nowhere.test"]
SCRIPT = """
function CheckServer(domain, server)
    while domain == "loop.test" do end
    if nexthop.count(server, "4", 900) > 5 then return false, 10 end
end
"""


def run_load(folder, rate):
    keys = [f"user{i}@good.test" for i in range(990)]
    for i, key in enumerate(HOSTILE):
        keys.insert(100 * i, key)
    file = folder / "keys"
    file.write_bytes("\n".join(keys).encode("utf-8", "surrogateescape") + b"\n")
    file.chmod(0o644)
    done = subprocess.run(
        ["setpriv", "--reuid=postfix", "--clear-groups", PROGRAMS / "tests/bench/nexthopd-load", "--unix",
         f"{SPOOL}/nexthopd/socketmap", "--keys", file, "--rate", str(rate), "--seconds", "3", "--warmup", "0.5",
         "--connections", "32", "--dribble", "100", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def story(rig):
    rig.start("good MX 10 mx1\nloop MX 10 mx1\n", SCRIPT)
    for rate in (2000, 20000):
        outcome = run_load(SPOOL / "nexthopd", rate)
        late = outcome["latency_us"]["p99_9"] / 1e6
        print(f"       {rate} questions/s: p99 {outcome['latency_us']['p99'] / 1e3:.1f} ms, p99.9 {late * 1e3:.1f} ms")
        assert late < DEADLINE, outcome
        assert outcome["per_second"] > 0.9 * rate, outcome
        assert outcome["errors"]["unanswered"] == outcome["errors"]["closed"] == outcome["errors"]["malformed"] == 0, outcome
    status = rig.nexthopd.ctl("status")[0]
    assert status["overruns"] >= 3, status
    assert status["left_alone"].get("hooks_paused", 0) > 0, status
