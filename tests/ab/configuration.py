"""What a Postfix configuration of the harness is made of, and words to describe its mail with."""

import dataclasses
import typing

from rig import network

import world


@dataclasses.dataclass
class Configuration:
    name: str
    main_cf: str = ""
    tables: dict = dataclasses.field(default_factory=dict)
    zone: typing.Any = ""   # records, or a function that makes them
    master_cf: tuple = ()
    recipients: typing.Callable = world.usual
    behave: typing.Callable = lambda farm: None
    beside: tuple = ()      # context managers of programs that run beside Postfix
    mta: str = network.MTA  # where Postfix takes the mail
    settings: str = ""      # of nexthopd, for this configuration
    signed: bool = False    # the zone, with DNSSEC
    further: object = None  # a Postfix instance beside the first (instance.py)
    flushes: int = 1        # how often deferred mail is tried again
    expect: tuple = ()      # "DOMAIN RELAY STATUS": some mail without nexthopd must end like this
    left_alone: tuple = ()  # domains, addresses or "*": no script may send these elsewhere (modes.REROUTING)
    quick: bool = True      # part of --quick


def also(*patterns, rest=world.usual):
    """The recipients of rest(), and one of these in turn; %d is the number of the message."""
    def recipients(number):
        pattern = patterns[number % len(patterns)]
        return [*rest(number), pattern % number if "%d" in pattern else pattern]

    return recipients


def only(*patterns):
    return also(*patterns, rest=lambda number: [])


def a_few(domain):
    """Five messages more to a domain whose deliveries time out: Postfix makes them one after the other."""
    return lambda number: world.usual(number) + [f"r{number}@{domain}"] * (number in range(0, 40, 8))


def answering(**servers):
    """Of servers `mx1`, ...: what they answer; a number is a pause before each reply."""
    def behave(farm):
        for name, stages in servers.items():
            server = farm[int(name[2:])]
            if isinstance(stages, dict):
                server.answers(**stages)
            else:
                server.pause = stages

    return behave


def missing(configuration, result):
    """What `expect` names and the run without nexthopd did not show."""
    had = {f"{recipient.rpartition('@')[2].lower()} {relay.partition('[')[0].partition('.test')[0]} {status}"
           for recipient, relay, status, _ in result.logged}
    return [wanted for wanted in configuration.expect if wanted not in had]
