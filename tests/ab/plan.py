"""What a call of tests/ab/run compares: all, a quick part, or what has one of some names."""

import dataclasses

import configurations
import faults
import modes


@dataclasses.dataclass
class Plan:
    healthy: list      # configurations,
    modes: tuple       # in these modes in which nothing is wrong
    guarded: list      # configurations where some mail must be left alone
    columns: list      # configurations for ...
    everywhere: list   # ... these faults
    in_turn: list      # (configuration, its faults)

    def __len__(self):
        return (len(self.healthy) * len(self.modes) + len(self.guarded) + len(self.columns) * len(self.everywhere)
                + sum(len(some) for _, some in self.in_turn))


def of(names, quick):
    """`names`: parts of the names of configurations and faults; none: everything, or if `quick` a part."""
    part = quick and not names

    def wanted(thing):
        return any(part in thing.name for part in names) if names else thing.quick or not part

    healthy = [configuration for configuration in configurations.ALL if wanted(configuration)]
    in_turn = [] if part else [(c, some) for c, some in faults.in_turn() if wanted(c)]
    # Without a script hardly anything can be different.
    healthy_modes = modes.HEALTHY[1:] if part else modes.HEALTHY
    return Plan(healthy, healthy_modes, [configuration for configuration in healthy if configuration.left_alone],
                faults.everywhere()[:1] if part else faults.everywhere(),
                [fault for fault in faults.ALL if wanted(fault)], in_turn)
