"""The results at 80 columns, on the screen and in README.md."""

import datetime
import pathlib
import re

_README = pathlib.Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- results: begin -->\n", "<!-- results: end -->\n"


# 80 columns: a name, and up to four cells.
_NAME, _CELL = 31, 12


def cell(verdict):
    """At most 11 columns."""
    if verdict.failed:
        return "FAILED"
    if not verdict.equal:
        return "DIFFERS"
    return f"{'equal' if verdict.in_time else 'LATE '}{verdict.worst:6.2f}"


def heading(what, names):
    return f"{what:{_NAME}}" + "".join(f"{_short(name, _CELL - 1):{_CELL}}" for name in names).rstrip()


def row(name, verdicts):
    return f"{_short(name, _NAME - 1):{_NAME}}" + "".join(f"{cell(v):{_CELL}}" for v in verdicts).rstrip()


def put_off_row(fault, verdicts):
    """Deliveries that Postfix deferred because nobody answered."""
    return f"{_short(fault.name, _NAME - 1):{_NAME}}" + "".join(f"{v.unanswered:<{_CELL}}" for v in verdicts).rstrip()


def left_alone_heading():
    return f"{'sent elsewhere by the script, but':35}must be left alone"


def left_alone_row(configuration, verdict):
    what = ", ".join(configuration.left_alone).replace("*", "all mail")
    result = "FAILED" if verdict.failed else "equal" if verdict.equal else "DIFFERS"
    return f"{_short(configuration.name, 34):35}{_short(what, 33):35}{result}"


def pair_heading():
    return f"{'configuration':34}{'fault':34}"


def pair_row(configuration, fault, verdict):
    return f"{_short(configuration.name, 33):34}{_short(fault.name, 33):34}{cell(verdict)}"


def _short(text, length):
    return text if len(text) <= length else text[:length - 2] + ".."


def write_readme(lines, command):
    text = _README.read_text()
    body = f"{_BEGIN}Made by `{command}` on {datetime.date.today()}.\n\n```text\n" + "\n".join(lines) + f"\n```\n{_END}"
    _README.write_text(re.sub(re.escape(_BEGIN) + ".*" + re.escape(_END), lambda _: body, text, flags=re.DOTALL))
