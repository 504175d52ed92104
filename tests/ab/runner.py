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

_COUNT, _QUICK_COUNT = 200, 40
_SECONDS = 400  # for one run
_KEPT = BUILD / "ab"


class Bench:
    def __init__(self, rig, count):
        self.rig = rig
        self.count = count
        self.lines = []    # the table
        self.differing = []
        self._without = {}

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def without(self, configuration):
        """The run without nexthopd, once for each configuration."""
        if configuration.name not in self._without:
            result = self._limited(configuration, modes.WITHOUT)
            missing = configurations.missing(configuration, result)
            assert not missing, f"{configuration.name}: without nexthopd there was no {missing}"
            self._without[configuration.name] = result
        return self._without[configuration.name]

    def verdict(self, configuration, mode):
        questions = 0
        try:
            without = self.without(configuration)
            questions = sum(without.logged.values())
            verdict = verdicts.compare(without, self._limited(configuration, mode), mode, questions)
        except Exception as error:
            self.rig.keep_logs(_KEPT / _file_name(configuration, mode))
            verdict = verdicts.Verdict(False, 0, 0, 0, traceback.format_exception(error, limit=-3), str(error))
        if not verdict.good:
            self.differing.append((configuration, mode, verdict))
        return verdict

    def _limited(self, configuration, mode):
        def too_long(_number, _frame):
            raise AssertionError(f"the run took more than {_SECONDS} s")

        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(_SECONDS)
        try:
            return trial.run(self.rig, configuration, mode, self.count)
        finally:
            signal.alarm(0)
            self.rig.end()

    def tell_differences(self):
        for configuration, mode, verdict in self.differing:
            print(f"\n== {configuration.name}, {mode.name}: "
                  f"{verdict.failed or (f'{verdict.worst:.2f} s late' if verdict.equal else 'differs')}")
            print("\n".join(verdict.problems), flush=True)


def _file_name(configuration, mode):
    return "-".join(f"{configuration.name} {mode.name}".replace("/", " ").split())


def main(arguments):
    options = _options().parse_args(arguments)
    chosen = [c for c in configurations.ALL if _wanted(c.name, c.quick, options)]
    chosen_faults = [(f, c) for f, c in faults.pairs() if _wanted(f.name, f.quick, options)]
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
    bench = Bench(rig, _QUICK_COUNT if options.quick else _COUNT)
    if chosen:
        bench.say(table.heading([mode.name for mode in modes.HEALTHY]))
        for configuration in chosen:
            bench.say(table.row(configuration.name, [bench.verdict(configuration, m) for m in modes.HEALTHY]))
    if chosen_faults:
        bench.say()
        bench.say(table.fault_heading())
        for fault, configuration in chosen_faults:
            bench.say(table.fault_row(fault.name, configuration.name, bench.verdict(configuration, fault)))
    bench.say()
    runs = len(chosen) * len(modes.HEALTHY) + len(chosen_faults)
    bench.say(f"{runs} comparisons of {bench.count} messages, {len(bench.differing)} not equal or late;"
              f" {(time.monotonic() - began) / 60:.1f} minutes.")
    bench.tell_differences()
    if options.write_readme:
        table.write_readme(bench.lines, " ".join(["tests/ab/run", *(["--quick"] if options.quick else []),
                                                  "--write-readme"]))
    return 1 if bench.differing else 0
