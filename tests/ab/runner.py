"""Runs what was asked for, prints the table, and says what differs."""

import argparse
import signal
import statistics
import time
import traceback

from rig import runner as rig_runner
from rig.place import BUILD

import configurations
import modes
import plan as plans
import table
import trial
import verdict as verdicts
from configuration import missing
from progress import Progress

_COUNT, _QUICK_COUNT = 200, 40  # messages
_TRIES = 3      # what comes late is compared again: lateness by chance does not repeat itself
_SECONDS = 400  # for one run
_KEPT = BUILD / "ab"


class Bench:
    """The comparisons of one call of tests/ab/run."""

    def __init__(self, rig, noise, progress):
        self.rig = rig
        self.noise = noise
        self.progress = progress
        self.lines = []      # the table
        self.differing = []  # (configuration, mode, verdict)
        self.rates = []      # messages a second
        self.comparisons = self.repeated = 0
        self._without = {}

    def say(self, line=""):
        self.progress.clear()
        print(line, flush=True)
        self.lines.append(line)

    def prove_it_sees(self):
        """A script that does change where mail goes must make a difference, or the table means nothing."""
        verdict = self._compared(configurations.ALL[0], modes.ENFORCED, _QUICK_COUNT)
        if verdict.equal or verdict.failed:
            raise SystemExit(f"The harness sees no difference where there is one. {verdict.failed}")

    def verdict(self, configuration, mode, count):
        self._next(configuration, mode)
        for _ in range(_TRIES):
            verdict = self._compared(configuration, mode, count)
            if verdict.good or not verdict.equal:
                break
            self.repeated += 1
            self._without.pop((configuration.name, count))
        if not verdict.good:
            self.differing.append((configuration, mode, verdict))
        return verdict

    def left_alone(self, configuration, count):
        self._next(configuration, modes.REROUTED)
        further = configuration.further
        instances = ["postfix"] + ([further.name] if further else [])
        verdict = self._compared(configuration, modes.REROUTED, count, lambda without, result: verdicts.left_alone(
            without, result, configuration.left_alone, instances))
        if not verdict.good:
            self.differing.append((configuration, modes.REROUTED, verdict))
        return verdict

    def _next(self, configuration, mode):
        self.comparisons += 1
        self.progress.step(f"{configuration.name}, {mode.name}")

    def _compared(self, configuration, mode, count, compare=None):
        try:
            without = self._run_without(configuration, count)
            result = self._run(configuration, mode, count)
            verdict = compare(without, result) if compare else verdicts.compare(without, result, mode, self.noise)
            if not verdict.good:
                self._keep_logs(configuration, mode)
            return verdict
        except Exception as error:
            self._keep_logs(configuration, mode)
            return verdicts.Verdict(False, failed=str(error) or repr(error),
                                    problems=traceback.format_exception(error, limit=-3))
        finally:
            self.rig.end()

    def _keep_logs(self, configuration, mode):
        self.rig.keep_logs(_KEPT / "-".join(f"{configuration.name} {mode.name}".replace("/", " ").split()))

    def _run_without(self, configuration, count):
        """Once for each configuration."""
        key = configuration.name, count
        if key not in self._without:
            result = self._run(configuration, modes.WITHOUT, count)
            not_shown = missing(configuration, result)
            assert not not_shown, f"{configuration.name}: without nexthopd there was no {not_shown}"
            self._without[key] = result
        return self._without[key]

    def _run(self, configuration, mode, count):
        def too_long(_number, _frame):
            raise AssertionError(f"the run took more than {_SECONDS} s")

        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(_SECONDS)
        try:
            result = trial.run(self.rig, configuration, mode, count)
            self.rates.append(result.rate)
            return result
        finally:
            signal.alarm(0)

    def tell_differences(self, since):
        """Of the comparisons from that one on; on the screen only."""
        for configuration, mode, verdict in self.differing[since:]:
            print(f"== {configuration.name}, {mode.name}: "
                  f"{verdict.failed or (f'{verdict.worst:.2f} s late' if verdict.equal else 'differs')}")
            print("\n".join(verdict.problems), flush=True)


def main(arguments):
    options = _options().parse_args(arguments)
    plan = plans.of(options.names, options.quick)
    if not len(plan):
        raise SystemExit(f"No such configuration or fault: {' '.join(options.names)}")
    return rig_runner.in_scene(lambda rig: _compare_all(rig, options, plan))


def _options():
    options = argparse.ArgumentParser(prog="tests/ab/run")
    options.add_argument("--quick", action="store_true", help=f"a part of them, {_QUICK_COUNT} messages each")
    options.add_argument("--write-readme", action="store_true", help="write the table into README.md")
    options.add_argument("names", nargs="*", help="configurations and faults whose names contain one of these")
    return options


def _compare_all(rig, options, plan):
    began = time.monotonic()
    bench = Bench(rig, verdicts.QUICK_NOISE if options.quick else verdicts.NOISE, Progress(len(plan)))
    bench.prove_it_sees()
    count = _QUICK_COUNT if options.quick else _COUNT
    _table(bench, table.heading("configuration", [mode.name for mode in plan.modes]), plan.healthy,
           lambda c: table.row(c.name, [bench.verdict(c, mode, count) for mode in plan.modes]))
    _table(bench, table.left_alone_heading(), plan.guarded,
           lambda c: table.left_alone_row(c, bench.left_alone(c, count)))
    outages = []  # (fault, its verdicts)

    def of_fault(fault):
        many = count if options.quick else max(count, int(fault.flow * trial.RATE))
        row = [bench.verdict(configuration, fault, many) for configuration in plan.columns]
        if fault.outage:
            outages.append((fault, row))
        return table.row(fault.name, row)

    _table(bench, table.heading("fault", [c.name for c in plan.columns]), plan.everywhere, of_fault)
    _table(bench, table.heading("put off while nobody answered", [c.name for c in plan.columns]), outages,
           lambda outage: table.put_off_row(*outage))
    _table(bench, table.pair_heading(), [(c, fault) for c, some in plan.in_turn for fault in some],
           lambda pair: table.pair_row(*pair, bench.verdict(*pair, count)))
    bench.say(f"{count} messages each, more where a fault lasts; sent at {statistics.median(bench.rates):.0f} a"
              f" second (median), {min(bench.rates):.0f} in the slowest run.")
    bench.say(f"{bench.comparisons} comparisons, {len(bench.differing)} not equal or late; {bench.repeated} repeated"
              f" for being late; {(time.monotonic() - began) / 60:.0f} minutes.")
    if options.write_readme:
        table.write_readme(bench.lines, f"tests/ab/run{' --quick' * options.quick} --write-readme")
    return 1 if bench.differing else 0


def _table(bench, heading, items, row):
    if not items:
        return
    bench.say(heading)
    for item in items:
        told = len(bench.differing)
        bench.say(row(item))
        bench.tell_differences(told)
    bench.say()
