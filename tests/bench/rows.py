"""The rows of the benchmark: what is measured, against what, and the figure to reach.

A later row is one more entry of ROWS; a server with other settings is one more entry of SERVERS.
"""
from dataclasses import dataclass
from typing import Optional

from verdict import Target

# Few enough for any cache of MX sets, many enough that no cache of a processor holds them all.
DOMAINS = 1000
# The script holds mail to this domain: a reply that says so proves that script, DNS and counters work.
PROBE = "probe.bench.example"

COUNT_SCRIPT = f"""
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if nexthop.count(mxserver, "4", 900) > 5 or domain == "{PROBE}" then
        return false, 10
    end
end
"""

# VPOP3's published example, unchanged. Its ledger has six 4xx answers of the probe's servers.
PUBLISHED_SCRIPT = """
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if defaultResult then
        x = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='"
        .. mxserver .. "' AND starttime > CURRENT_TIMESTAMP + '-15 MINUTES' AND LEFT(result, 1) = '4'")
        if tonumber(x[1].cnt) > 5 then
            return false, 10;
        end
    end
end
"""


@dataclass(frozen=True)
class Server:
    """A nexthopd of its own, so that what one row leaves in caches and counters is not seen by another."""

    script: str = "-- no hook\n"
    held_probe: bool = False  # whether the script holds PROBE
    attempts: int = 0  # rows that the ledger has before


SERVERS = {
    "plain": Server(),
    "count": Server(script=COUNT_SCRIPT, held_probe=True),
    "fresh": Server(script=COUNT_SCRIPT, held_probe=True),
    "published": Server(script=PUBLISHED_SCRIPT, held_probe=True, attempts=1_000_000),
}


@dataclass(frozen=True)
class Row:
    name: str  # for --rows
    what: str
    server: str  # of SERVERS
    target: Target
    connections: int = 64
    figure: str = "rate"  # "rate": queries/s; "p99": microseconds
    against: str = "raw"  # "raw": raw echo with as many connections; or the name of another row
    cpu_target: Optional[Target] = None  # CPU time per query, against the same
    cached: bool = True  # False: each query asks a domain that was never asked before
    options: tuple = ()  # further options of nexthopd-load


ROWS = [
    Row("plain", "no script, cached", "plain", Target(">=", 0.85)),
    Row("count", "CheckServer with nexthop.count per MX, cached", "count", Target(">=", 0.65),
        cpu_target=Target("<=", 1.7)),
    Row("p99", "the same, 8 connections: p99", "count", Target("<=", 2), connections=8, figure="p99"),
    Row("published", "published example, SQL COUNT per MX, 1e6 attempts", "published", Target(">=", 0.20)),
    Row("uncached", "MX not cached, local authoritative server", "fresh", Target(">=", 0.20), cached=False),
    Row("idle", "1 000 idle clients beside", "count", Target(">=", 0.95), against="count",
        options=("--idle", "1000")),
    Row("dribble", "1 000 byte-by-byte clients beside", "count", Target(">=", 0.85), against="count",
        options=("--dribble", "1000")),
]
