"""How far a long run is: on a terminal always the newest line, elsewhere one line now and then."""

import sys
import time

_EVERY = 60  # seconds, where the lines stay


class Progress:
    def __init__(self, total):
        self._total = total
        self._done = 0
        self._began = self._told = time.monotonic()

    def step(self, what):
        """The next of them begins."""
        now = time.monotonic()
        left = (now - self._began) / max(1, self._done) * (self._total - self._done)
        text = f"{self._done + 1} of {self._total}, {left / 60:.0f} minutes left: {what}"
        self._done += 1
        if sys.stderr.isatty():
            print(f"\r\033[K{text[:79]}", end="", file=sys.stderr, flush=True)
        elif now - self._told > _EVERY:
            self._told = now
            print(text, file=sys.stderr, flush=True)

    @staticmethod
    def clear():
        """Makes room for a line of the table."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
