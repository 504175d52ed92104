"""What goes wrong with nexthopd while mail flows (each is a Mode, modes.py), and which is tried where."""

import configurations
from faults_disk import DISK_FAULTS
from faults_dns import DNS_FAULTS
from faults_process import PROCESS_FAULTS
from faults_surroundings import EATING, SURROUNDINGS_FAULTS
from modes import DEADLINE, NEUTRAL, NEUTRAL_SCRIPT, Mode


class Reloaded(Mode):
    """The settings or the script break while mail flows, and nexthopd is told to read them again."""

    def during(self, rig, number, count):
        if number == count // 2:
            rig.nexthopd.script("function CheckServer(\n")
            rig.nexthopd.settings("nonsense = [\n")
            rig.nexthopd.hang_up()


ALL = (
    NEUTRAL_SCRIPT,
    *PROCESS_FAULTS,
    Mode("wrong settings: unknown key", settings="no_such_key = 1\n", script=NEUTRAL),
    Mode("wrong settings: not TOML", settings='mode = = "enforce"\n[[[\n', script=NEUTRAL, quick=False),
    Mode("wrong script: syntax", script="function CheckServer(\n"),
    Mode("wrong script: error in each hook", quick=False,
         script="function GetOverrides() error('no') end\nfunction CheckServer() return nil + 1 end\n"),
    Mode("script burns its budget", script="function CheckServer() while true do end end\n", per_question=DEADLINE),
    Mode("script eats memory", script=EATING, per_question=DEADLINE, quick=False),
    Reloaded("settings and script break", script=NEUTRAL, quick=False),
    *DISK_FAULTS,
    *DNS_FAULTS,
    *SURROUNDINGS_FAULTS,
)
# Of different kinds: mail by MX, all mail to another host, tables of transports, other recipients than were named.
EVERYWHERE = ("plain", "relayhost", "transport_maps", "virtual_alias_domains")
_OF_EACH_OTHER = 3


def everywhere():
    """The configurations in which every fault is tried."""
    by_name = {configuration.name: configuration for configuration in configurations.ALL}
    return [by_name[name] for name in EVERYWHERE]


def in_turn():
    """(configuration, faults) of each other configuration: the next few, round and round."""
    faults = [fault for fault in ALL if fault is not NEUTRAL_SCRIPT]  # that one is tried everywhere as it is
    others = [configuration for configuration in configurations.ALL if configuration.name not in EVERYWHERE]
    return [(configuration, [faults[(n * _OF_EACH_OTHER + k) % len(faults)] for k in range(_OF_EACH_OTHER)])
            for n, configuration in enumerate(others)]
