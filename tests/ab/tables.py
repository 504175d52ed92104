"""Postfix lookup tables of a configuration."""

import pathlib
import shutil
import subprocess

FOLDER = pathlib.Path("/etc/postfix/ab")


def path(name):
    return f"hash:{FOLDER}/{name}"


def write(tables):
    """Fresh tables, each given as text; hash: files are made of all."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name, text in tables.items():
        (FOLDER / name).write_text("".join(line.strip() + "\n" for line in text.strip().splitlines()))
        subprocess.run(["postmap", path(name)], check=True)
