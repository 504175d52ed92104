#!/usr/bin/python3
"""tests/kill/run.py FOLLOWER [KILLS]: each attempt in the ledger once, whatever the moment of a kill.

Writes a log (mail_log.py), rotates and compresses it, and lets FOLLOWER (follower.cpp) read it, which is killed
at a named point, again and again. At the end the ledger must hold the attempts that slow_parser.py finds in all
that was written. Fails as well when a point was not hit often enough.
"""

import collections
import glob
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mail_log import MailLog
from slow_parser import attempts

POINTS = tuple(os.environ.get("POINTS", "read join commit rotate rename copytruncate").split())
ENOUGH_OF_EACH = 20
PACKERS = {"gz": ("gzip",), "xz": ("xz", "-0"), "zst": ("zstd", "-q", "--rm"), "bz2": ("bzip2",)}
COLUMNS = ("starttime, queue_id, sender, size, recipient, server, address, status, stage, code, dsn, result, counted")


class Trial:
    def __init__(self, follower, folder, seed):
        self.follower, self.folder = follower, folder
        self.random = random.Random(seed)
        self.made = MailLog(seed)
        self.log = f"{folder}/mail.log"
        self.database = f"{folder}/ledger.db"
        self.written = []
        self.rest = ""  # of a line that was written in part
        self.kills = collections.Counter()
        self.rotations = collections.Counter()
        open(self.log, "w").close()
        self.run()  # begins at the end of an empty log
        self.write(1, whole=True)
        self.run()

    def write(self, lines, whole):
        """`whole`: with the end of the last line, as before a rotation."""
        new = [self.made.line() for _ in range(lines)]
        self.written += new
        text = self.rest + "".join(new)
        cut = 0 if whole or not new else self.random.choice((0, 0, self.random.randrange(len(new[-1]))))
        self.rest = text[len(text) - cut:]
        with open(self.log, "a") as file:
            file.write(text[:len(text) - cut])

    def run(self, *plan):
        ended = subprocess.run([self.follower, self.log, self.database, *map(str, plan)], timeout=60,
                               stderr=subprocess.PIPE, text=True)
        if ended.returncode == -signal.SIGKILL and plan:
            self.kills[plan[0]] += 1
        elif ended.returncode != 0:
            sys.exit(f"the follower ended with {ended.returncode}: {ended.stderr}")

    def make_room(self):
        """mail.log.1 becomes mail.log.2, perhaps compressed; the oldest go when they were read for certain."""
        if not os.path.exists(self.log + ".1"):
            return
        if os.path.exists(self.log) and glob.glob(self.log + ".24*"):
            self.run()
            for name in glob.glob(self.log + ".2[0-9]*"):
                os.remove(name)
        for number in range(26, 0, -1):
            for name in glob.glob(f"{self.log}.{number}") + glob.glob(f"{self.log}.{number}.*"):
                os.rename(name, name.replace(f"log.{number}", f"log.{number + 1}", 1))
        packer = self.random.choice((None, None, *PACKERS))
        if packer:
            subprocess.run([*PACKERS[packer], self.log + ".2"], check=True)
            self.rotations[packer] += 1

    def rotate(self, how):
        self.make_room()
        self.rotations[how] += 1
        if how == "rename":
            os.rename(self.log, self.log + ".1")
            open(self.log, "w").close()
        else:
            subprocess.run(["cp", self.log, self.log + ".1"], check=True)
            os.truncate(self.log, 0)

    def complete_rotation(self, how):
        """What the follower began before it was killed."""
        if not os.path.exists(self.log + ".1"):
            return
        self.rotations[how] += 1
        if how == "rename" and not os.path.exists(self.log):
            open(self.log, "w").close()
        elif how == "copytruncate":
            os.truncate(self.log, 0)

    def round(self, point):
        rotating = point in ("rename", "copytruncate")
        self.write(self.random.choice((1, 5, 50, 300, 300, 2500)), whole=rotating or point == "rotate")
        if rotating:
            self.make_room()
            self.run(point, self.random.randrange(1, 6), self.random.randrange(1, 3), self.random.choice((0, 1, 2, 5)))
            self.complete_rotation(point)
        elif point == "rotate":
            for _ in range(self.random.choice((1, 1, 2))):
                self.rotate(self.random.choice(("rename", "copytruncate")))
                self.write(self.random.choice((0, 3, 40)), whole=True)
            self.run(point, self.random.randrange(1, 5))
        else:
            self.run(point, self.random.randrange(1, {"read": 8, "join": 400, "commit": 12}[point]))
        if self.random.random() < 0.05:
            self.run()

    def stored(self):
        with sqlite3.connect(self.database) as database:
            return collections.Counter(database.execute(f"SELECT {COLUMNS} FROM sendattempts_all"))


def main():
    follower = sys.argv[1]
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    began = time.monotonic()
    memory = "/dev/shm"  # kills of a process lose nothing that was written, so no disk is needed
    with tempfile.TemporaryDirectory(dir=memory if os.path.isdir(memory) else None) as folder:
        trial = Trial(follower, folder, int(os.environ.get("SEED", "1")))
        rounds = 0
        while sum(trial.kills.values()) < wanted and rounds < 4 * wanted:
            trial.round(POINTS[rounds % len(POINTS)])
            rounds += 1
        trial.write(50, whole=True)
        trial.run()
        trial.run()
        right, stored = attempts(trial.written), trial.stored()
    print(f"{sum(trial.kills.values())} kills in {rounds} runs:", dict(trial.kills))
    print(f"rotations: {dict(trial.rotations)}; {len(trial.written)} lines, {sum(right.values())} attempts, "
          f"{time.monotonic() - began:.0f} s")
    lost, added = right - stored, stored - right
    for name, rows in (("lost", lost), ("too many", added)):
        for row in list(rows)[:5]:
            print(name, rows[row], row)
    few = [point for point in POINTS if trial.kills[point] < ENOUGH_OF_EACH]
    if few:
        print("not hit often enough:", ", ".join(few))
    print(f"{sum(lost.values())} attempts lost, {sum(added.values())} too many")
    return 1 if lost or added or few or sum(trial.kills.values()) < wanted else 0


sys.exit(main())
