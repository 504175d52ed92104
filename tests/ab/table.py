"""The results at 80 columns, on the screen and in README.md."""

import datetime
import pathlib
import re

_README = pathlib.Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- results: begin -->\n", "<!-- results: end -->\n"


def cell(verdict):
    """At most 15 columns."""
    if verdict is None:
        return "-"
    if verdict.failed:
        return "FAILED"
    if not verdict.equal:
        return "DIFFERS"
    return f"{'equal' if verdict.in_time else 'LATE '}{verdict.worst:7.2f} s"


def heading(names):
    return f"{'configuration':35}" + "".join(f"{name:15}" for name in names).rstrip()


def row(name, verdicts):
    return f"{_short(name, 34):35}" + "".join(f"{cell(v):15}" for v in verdicts).rstrip()


def fault_heading():
    return f"{'fault':35}{'configuration':15}{'':15}{'allowed':>9}{'put off':>6}"


def fault_row(name, configuration, verdict):
    return (f"{_short(name, 34):35}{_short(configuration, 14):15}{cell(verdict):15}"
            f"{verdict.allowed:7.2f} s{verdict.unanswered or '-':>6}").rstrip()


def _short(text, length):
    return text if len(text) <= length else text[:length - 2] + ".."


def write_readme(lines, command):
    text = _README.read_text()
    body = f"{_BEGIN}Made by `{command}` on {datetime.date.today()}.\n\n```text\n" + "\n".join(lines) + f"\n```\n{_END}"
    _README.write_text(re.sub(re.escape(_BEGIN) + ".*" + re.escape(_END), lambda _: body, text, flags=re.DOTALL))
