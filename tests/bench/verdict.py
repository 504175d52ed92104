"""What the rounds of a row say about its target. Pure: numbers in, words out."""
from dataclasses import dataclass
from statistics import median

MET, NOT_MET, NOT_DECIDED = "met", "not met", "not decided"
FEWEST_ROUNDS = 3  # one round has no spread, and two may agree by chance


@dataclass(frozen=True)
class Target:
    """A ratio that is to be reached: at least, or at most, `bound`."""

    relation: str  # ">=" or "<="
    bound: float

    def holds(self, value):
        return value >= self.bound if self.relation == ">=" else value <= self.bound

    def __str__(self):
        return f"{self.relation} {self.bound:g}"


@dataclass(frozen=True)
class Spread:
    """The median of some rounds, and between which values they lay."""

    median: float
    low: float
    high: float
    rounds: int

    @staticmethod
    def of(values):
        return Spread(median(values), min(values), max(values), len(values))

    def __str__(self):
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


def judge(spread, target):
    """Met or not met, when the rounds differ by no more than their median differs from the bound."""
    if spread.rounds < FEWEST_ROUNDS:
        return NOT_DECIDED
    if spread.high - spread.low > abs(spread.median - target.bound):
        return NOT_DECIDED
    return MET if target.holds(spread.median) else NOT_MET


def worst(verdicts):
    """Of a row with several targets."""
    return next((v for v in (NOT_MET, NOT_DECIDED, MET) if v in verdicts), MET)
