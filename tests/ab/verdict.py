"""Is a run with nexthopd equal to the one without it, and how much later did mail arrive?"""

import collections
import dataclasses

# What two runs without nexthopd may differ by on a machine that is busy with other things, in seconds; --quick is
# for machines that build and test many things at once.
NOISE = 1.0
QUICK_NOISE = 3.0
# A healthy nexthopd may add this to each question: a hundredth of its deadline. qmgr asks one after the other.
_HEALTHY_QUESTION = 0.0025
_SHOWN = 12


@dataclasses.dataclass
class Verdict:
    equal: bool
    worst: float = 0         # seconds by which the most belated outcome came later than without nexthopd
    allowed: float = 0
    unanswered: int = 0      # outcomes meanwhile that were deferrals for want of nexthopd
    problems: list = dataclasses.field(default_factory=list)  # lines that tell what is different
    failed: str = ""         # the run itself came to nothing

    @property
    def in_time(self):
        return self.worst <= self.allowed

    @property
    def good(self):
        return self.equal and self.in_time and not self.failed


def left_alone(without, with_it, which, instances):
    """Is what became of the mail to these recipients equal? `which`: domains, addresses, or "*".

    Of other mail each of `instances` must have sent some elsewhere, or this shows nothing.
    """
    def of_these(counter):
        return collections.Counter({key: count for key, count in counter.items() if "*" in which
                                    or key[0].lower() in which or key[0].rpartition("@")[2].lower() in which})

    problems = []
    for name in ("logged", "seen"):
        left, right = of_these(getattr(without, name)), of_these(getattr(with_it, name))
        problems += _difference(name, left, right, with_it.lines)
    elsewhere = [line for line in with_it.lines if "relay=mx20.test[" in line]
    for name in instances:
        if "*" not in which and not any(f" {name}/" in line for line in elsewhere):
            problems.append(f"{name} sent no mail elsewhere: the script did nothing")
    return Verdict(not problems, problems=problems)


def compare(without, with_it, mode, noise):
    problems = []
    for name in ("intake", "logged", "seen"):
        left, right = getattr(without, name), getattr(with_it, name)
        if mode.outage:
            left, right = _once(left), _once(right)
        problems += _difference(name, left, right, with_it.lines)
    worst = _worst(without.delays, with_it.delays)
    questions = sum(without.logged.values())  # one for each attempt
    allowed = noise + mode.lasts + max(mode.per_question, _HEALTHY_QUESTION) * questions
    return Verdict(not problems, worst, allowed, with_it.unanswered, problems)


def _once(counter):
    """A flush for mail that nobody answered about tries other deferred mail again, too: that counts once."""
    def repeatable(key):
        return "deferred" in key or "asked" in key

    return collections.Counter({key: 1 if repeatable(key) else count for key, count in counter.items()})


def _difference(name, left, right, lines):
    missing, extra = left - right, right - left
    shown = []
    for what, counter in (("only without nexthopd", missing), ("only with nexthopd", extra)):
        for key, count in sorted(counter.items(), key=str)[:_SHOWN]:
            shown.append(f"{name}: {what}: {count} x {' '.join(map(str, key))}")
        if len(counter) > _SHOWN:
            shown.append(f"{name}: {what}: and {len(counter) - _SHOWN} more")
    recipients = list(dict.fromkeys(key[0] for key in [*missing, *extra]))[:3]
    for recipient in recipients:
        shown += [f"    {line}" for line in lines if f"<{recipient}>" in line][:5]
    return shown


def _worst(without, with_it):
    worst = 0.0
    for recipient, delays in with_it.items():
        for before, now in zip(without.get(recipient, []), delays):
            worst = max(worst, now - before)
    return worst
