#!/usr/bin/env python3
"""The manual: mandoc finds nothing to say, nexthopd.conf(5) tells of every setting what the schema says, and
nexthopd-metrics(7) of every metric.

Usage: manual.py SOURCE-FOLDER
"""
import pathlib
import re
import shutil
import subprocess
import sys

# One row of the table in src/config/schema.cpp: path, type, default, help, pending.
ROW = re.compile(
    r'\{"(?P<path>[a-z_.]+)",\s*(?:"(?P<type>[a-z]+)"|table_list),\s*'
    r'(?:R"\((?P<raw>.*?)\)"|"(?P<plain>.*?)"),\s*"[^"]*",\s*(?P<pending>in_effect|no_\w+|Pending\{)',
    re.DOTALL)


def settings(schema):
    """path -> (how the manual states type and default, whether it has no effect yet)"""
    out = {}
    pending_lists = set()
    for row in ROW.finditer(schema):
        path, kind = row["path"], row["type"]
        default = row["raw"] if row["raw"] is not None else row["plain"]
        pending = row["pending"] != "in_effect"
        if kind is None:
            if pending:
                pending_lists.add(path)
            out[f"[[{path}]]"] = (None, pending)
            continue
        pending = pending or path.split(".")[0] in pending_lists
        stated = f"default {default}" if default else "must be given"
        out[path] = (f"{kind.capitalize()}, {stated}.", pending)
    return out


def described(page):
    """path -> the source lines below it"""
    out = {}
    current = None
    for line in page.splitlines():
        if item := re.fullmatch(r"\.It Va ([a-z_.]+)|\.Ss (\[\[[a-z]+\]\])", line):
            current = item[1] or item[2]
            out[current] = []
        elif line.startswith((".El", ".Ss", ".Sh", ".Bl")):
            current = None
        elif current:
            out[current].append(line)
    return out


def compare(wanted, found):
    for path in wanted.keys() - found.keys():
        yield f"{path}: a setting without a description"
    for path in found.keys() - wanted.keys():
        yield f"{path}: no such setting in the schema"
    for path in wanted.keys() & found.keys():
        statement, pending = wanted[path]
        lines = found[path]
        if statement and (not lines or lines[0] != statement):
            yield f"{path}: the first line must be: {statement}"
        if ("n this version" in "\n".join(lines)) != pending:
            yield f"{path}: must {'' if pending else 'not '}say that it has no effect in this version"


def metrics(pages_cpp, page, rules):
    """Every metric of src/serve/pages.cpp has an entry in the page, and the other way round; alerts are of these."""
    made = set(re.findall(r'"(nexthopd_[a-z_]+)"', pages_cpp))
    told = set(re.findall(r"^\.It Li (nexthopd_[a-z_]+)$", page, re.MULTILINE))
    assert len(made) > 20, "too few metrics found in pages.cpp: does it look different now?"
    for name in sorted(made - told):
        yield f"{name}: a metric without a description"
    for name in sorted(told - made):
        yield f"{name}: there is no such metric"
    for name in sorted(set(re.findall(r"\bnexthopd_[a-z_]+", rules)) - made):
        yield f"{name}: contrib/prometheus names it, but there is no such metric"


def lint(pages):
    if not shutil.which("mandoc"):
        print("mandoc is not installed: the form of the pages was not checked")
        return
    for page in pages:
        run = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
        yield from run.stdout.splitlines()


def main():
    source = pathlib.Path(sys.argv[1])
    wanted = settings((source / "src/config/schema.cpp").read_text())
    if len(wanted) < 40:
        sys.exit(f"only {len(wanted)} settings found in schema.cpp: does its table look different now?")
    page = source / "man/nexthopd.conf.5"
    problems = [f"{page.name}: {text}" for text in sorted(compare(wanted, described(page.read_text())))]
    page = source / "man/nexthopd-metrics.7"
    texts = (source / "src/serve/pages.cpp", page, source / "contrib/prometheus/nexthopd.rules.yml")
    problems += [f"{page.name}: {text}" for text in metrics(*(path.read_text() for path in texts))]
    problems += lint(sorted(path for path in (source / "man").iterdir() if re.fullmatch(r"\.[1-8]", path.suffix)))
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
