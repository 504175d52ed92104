"""How nexthopd takes part in a run: not at all, or with these settings and this script, or with a fault."""

import contextlib
import dataclasses
import typing

DEADLINE = 0.25  # seconds; deadline.transport
# Everything goes elsewhere, is held, or is returned: any sign of it is a difference.
ALTERING = """
function GetOverrides(domain)
    if #domain % 3 == 0 then return nil, false end
    if #domain % 3 == 1 then return "mx20.test" end
end
function CheckServer()
    return false, 10
end
function FinalOverrides()
    return "mx20.test"
end
"""
# Sends everything elsewhere, in one hook or in the other, and holds nothing.
REROUTING = """
function GetOverrides(domain)
    if #domain % 2 == 1 then return "mx20.test" end
end
function FinalOverrides()
    return "mx20.test"
end
"""
# Asks for all there is, and changes nothing.
NEUTRAL = """
function GetCheckCache()
    return true
end
function GetOverrides()
end
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    local x = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='" .. mxserver
        .. "' AND starttime > CURRENT_TIMESTAMP + '-15 MINUTES' AND LEFT(result, 1) = '4'")
    if tonumber(x[1].cnt) + nexthop.count(mxserver, "4", 900) > 1000000 then
        return false, 10
    end
    return defaultResult
end
function FinalOverrides()
end
"""


@dataclasses.dataclass
class Mode:
    """A run calls before(), starts Postfix, calls start(), during() after each message, and after() at the end."""

    name: str
    wired: bool = True
    script: str = ""
    settings: str = ""
    outage: bool = False   # questions fail meanwhile: Postfix defers that mail, and it is tried again
    lasts: float = 0       # seconds for which nobody can answer, by the nature of the fault
    per_question: float = 0  # seconds that each question may be delayed: the deadline, where it is needed
    flow: float = 0        # seconds for which mail has to flow, to be there for all of the fault
    quick: bool = True     # part of --quick

    def before(self, rig, beside):
        """Settings and script are written; nothing runs. What is put on `beside` is undone after the run."""

    def start(self, rig, beside):
        rig.nexthopd.start()

    def during(self, rig, number, count):
        """`number` of `count` messages have been sent."""

    def after(self, rig):
        """All mail was sent and settled; afterwards nexthopd answers."""


@dataclasses.dataclass
class Beside(Mode):
    """Something runs beside nexthopd, as a name server that is ill, or nexthopd is started in another way."""

    helper: typing.Callable = contextlib.nullcontext  # makes a context manager
    wrapper: tuple = ()                               # a command that nexthopd is started with

    def start(self, rig, beside):
        rig.nexthopd.start(self.wrapper)
        beside.enter_context(self.helper())


class _Without(Mode):
    def start(self, rig, beside):
        pass


class _Healthy(Mode):
    def after(self, rig):
        questions = rig.nexthopd.ctl("status")[0]["questions"]
        assert questions > 0, "Postfix is wired to nexthopd, but asked nothing"


WITHOUT = _Without("without", wired=False)
NO_SCRIPT = _Healthy("no script")
OBSERVE = _Healthy("observe", script=ALTERING, settings='mode = "observe"\n')
NEUTRAL_SCRIPT = _Healthy("neutral script", script=NEUTRAL)
HEALTHY = (NO_SCRIPT, OBSERVE, NEUTRAL_SCRIPT)
# Not to be equal: shows that the comparison sees what a script does.
ENFORCED = _Healthy("altering script, enforced", script=ALTERING)
REROUTED = Mode("sent elsewhere by the script", script=REROUTING)
