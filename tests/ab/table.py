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


def left_alone_heading():
    return f"{'sent elsewhere by the script, but':35}must be left alone"


def left_alone_row(configuration, verdict):
    what = ", ".join(configuration.left_alone).replace("*", "all mail")
    result = "FAILED" if verdict.failed else "equal" if verdict.equal else "DIFFERS"
    return f"{_short(configuration.name, 34):35}{_short(what, 33):35}{result}"


def fault_heading():
    return f"{'fault':35}{'configuration':15}{'':14}{'allowed':>8} {'put off':>7}"


def fault_row(fault, configuration, verdict):
    """`put off`: deliveries that Postfix deferred because nobody answered."""
    allowed = f"{verdict.allowed:7.2f} s" if verdict.allowed else f"{'-':>9}"
    return f"{_short(fault.name, 34):35}{_short(configuration.name, 14):15}{cell(verdict):14}{allowed}{verdict.unanswered:7}"


def _short(text, length):
    return text if len(text) <= length else text[:length - 2] + ".."


def write_readme(lines, command):
    text = _README.read_text()
    body = f"{_BEGIN}Made by `{command}` on {datetime.date.today()}.\n\n```text\n" + "\n".join(lines) + f"\n```\n{_END}"
    _README.write_text(re.sub(re.escape(_BEGIN) + ".*" + re.escape(_END), lambda _: body, text, flags=re.DOTALL))
