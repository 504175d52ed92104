"""Faults of the name server that nexthopd asks. Postfix asks the good one meanwhile."""

from modes import DEADLINE, NEUTRAL, Beside

import sick_dns

_ADDRESS, _PORT = sick_dns.ADDRESS


def _sick(name, kind, **fields):
    return Beside(name, script=NEUTRAL, settings=f'[dns]\nservers = ["{_ADDRESS}:{_PORT}"]\n',
                  helper=lambda: sick_dns.running(kind), **fields)


DNS_FAULTS = (
    _sick("DNS dead", sick_dns.silent, per_question=DEADLINE),
    _sick("DNS takes 2 s", sick_dns.slow, per_question=DEADLINE, quick=False),
    _sick("DNS: SERVFAIL", sick_dns.servfail, quick=False),
    _sick("DNS lies", sick_dns.Liar(), per_question=DEADLINE),
    _sick("DNS truncates, no TCP", sick_dns.truncating, per_question=DEADLINE, quick=False),
    _sick("DNS truncates, silent TCP", sick_dns.Truncating(), per_question=DEADLINE, quick=False),
    _sick("DNS floods", sick_dns.flooding, per_question=DEADLINE, quick=False),
)
