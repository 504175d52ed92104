"""Two networks with a cable between them: `mta`, where this process is, and `world`.

    mta    10.66.0.1, fd66::1
    world  10.66.0.53            the name server
           10.66.1.1 ... .20     mx1 ... mx20 (mx1 also fd66::101, and so on)
           10.66.7.1             nobody listens: connection refused
           10.66.9.*             nobody is there

Nothing leads out of them.
"""

import os
import subprocess
import threading

from . import namespaces

MTA = "10.66.0.1"
NAME_SERVER = "10.66.0.53"
REFUSES = "10.66.7.1"
MX_COUNT = 20


def mx_address(number):
    return f"10.66.1.{number}"


def mx_address6(number):
    return f"fd66::{100 + number}"


class Network:
    def __init__(self):
        """To be made in a new, empty network, which becomes `mta`."""
        self._ip("netns add world")
        self._ip("link add to-world type veth peer name to-mta netns world")
        self._ip(f"""
            link set lo up
            link set to-world up
            addr add {MTA}/16 dev to-world
            addr add fd66::1/64 dev to-world nodad
            """)
        addresses = [NAME_SERVER, REFUSES] + [mx_address(n) for n in range(1, MX_COUNT + 1)]
        addresses6 = [mx_address6(n) for n in range(1, MX_COUNT + 1)]
        self._ip("link set lo up\nlink set to-mta up\n"
                 + "".join(f"addr add {a}/16 dev to-mta\n" for a in addresses)
                 + "".join(f"addr add {a}/64 dev to-mta nodad\n" for a in addresses6), "-n", "world")
        self._world = os.open("/run/netns/world", os.O_RDONLY)

    def enter_world(self):
        """For subprocess.Popen(preexec_fn=...)."""
        namespaces.enter_network(self._world)

    def in_world(self, function):
        """function() called in the world; the sockets it makes stay there. For short work."""
        result = []

        def work():
            self.enter_world()
            result.append(function())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return result[0]

    @staticmethod
    def _ip(commands, *options):
        subprocess.run(["ip", *options, "-batch", "-"], input=commands, text=True, check=True)
