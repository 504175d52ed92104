"""Runs what was asked for, prints the table, and says what differs."""

import argparse
import signal
import time
import traceback

from rig import runner as rig_runner
from rig.place import BUILD

import configurations
import faults
import modes
import table
import trial
import verdict as verdicts
from configuration import missing

_COUNT, _QUICK_COUNT, _FAULT_COUNT = 200, 40, 100
_TRIES = 3      # what comes late is compared again: lateness by chance does not repeat itself
_SECONDS = 400  # for one run
_KEPT = BUILD / "ab"


class Bench:
    """The comparisons of one call of tests/ab/run."""

    def __init__(self, rig, noise):
        self.rig = rig
        self.noise = noise
        self.lines = []      # the table
        self.differing = []  # (configuration, mode, verdict)
        self.comparisons = self.repeated = 0
        self._without = {}

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def prove_it_sees(self):
        """A script that does change where mail goes must make a difference, or the table means nothing."""
        verdict = self._compared(configurations.ALL[0], modes.ENFORCED, _QUICK_COUNT)
        if verdict.equal or verdict.failed:
            raise SystemExit(f"The harness sees no difference where there is one. {verdict.failed}")

    def verdict(self, configuration, mode, count):
        self.comparisons += 1
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
        self.comparisons += 1
        verdict = self._compared(configuration, modes.REROUTED, count, lambda without, result: verdicts.left_alone(
            without, result, configuration.left_alone))
        if not verdict.good:
            self.differing.append((configuration, modes.REROUTED, verdict))
        return verdict

    def _compared(self, configuration, mode, count, compare=None):
        try:
            without = self._run_without(configuration, count)
            result = self._run(configuration, mode, count)
            return compare(without, result) if compare else verdicts.compare(without, result, mode, self.noise)
        except Exception as error:
            self.rig.keep_logs(_KEPT / "-".join(f"{configuration.name} {mode.name}".replace("/", " ").split()))
            return verdicts.Verdict(False, failed=str(error) or repr(error),
                                    problems=traceback.format_exception(error, limit=-3))
        finally:
            self.rig.end()

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
            return trial.run(self.rig, configuration, mode, count)
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
    chosen = [c for c in configurations.ALL if _wanted(c.name, c.quick, options)]
    chosen_faults = [(f, c) for f, c, quick in faults.pairs() if _wanted(f.name, quick, options)]
    if not chosen and not chosen_faults:
        raise SystemExit(f"No such configuration or fault: {' '.join(options.names)}")
    return rig_runner.in_scene(lambda rig: _compare_all(rig, options, chosen, chosen_faults))


def _options():
    options = argparse.ArgumentParser(prog="tests/ab/run")
    options.add_argument("--quick", action="store_true", help=f"a part of them, {_QUICK_COUNT} messages each")
    options.add_argument("--write-readme", action="store_true", help="write the table into README.md")
    options.add_argument("names", nargs="*", help="configurations and faults whose names contain one of these")
    return options


def _wanted(name, quick, options):
    if options.names:
        return any(part in name for part in options.names)
    return quick or not options.quick


def _compare_all(rig, options, chosen, chosen_faults):
    began = time.monotonic()
    bench = Bench(rig, verdicts.QUICK_NOISE if options.quick else verdicts.NOISE)
    bench.prove_it_sees()
    count = _QUICK_COUNT if options.quick else _COUNT
    if chosen:
        _table(bench, f"{count} messages each:\n{table.heading([mode.name for mode in modes.HEALTHY])}", chosen,
               lambda c: table.row(c.name, [bench.verdict(c, mode, count) for mode in modes.HEALTHY]))
    guarded = [configuration for configuration in chosen if configuration.left_alone]
    if guarded:
        _table(bench, table.left_alone_heading(), guarded,
               lambda c: table.left_alone_row(c, bench.left_alone(c, count)))
    count = min(count, _FAULT_COUNT)
    if chosen_faults:
        _table(bench, f"{count} messages each:\n{table.fault_heading()}", chosen_faults,
               lambda pair: table.fault_row(*pair, bench.verdict(pair[1], pair[0], count)))
    bench.say(f"{bench.comparisons} comparisons, {len(bench.differing)} not equal or late; {bench.repeated} repeated"
              f" for being late; {(time.monotonic() - began) / 60:.0f} minutes.")
    if options.write_readme:
        table.write_readme(bench.lines, f"tests/ab/run{' --quick' * options.quick} --write-readme")
    return 1 if bench.differing else 0


def _table(bench, heading, items, row):
    bench.say(heading)
    for item in items:
        told = len(bench.differing)
        bench.say(row(item))
        bench.tell_differences(told)
    bench.say()
