#!/usr/bin/python3
"""installed.py BUILD-FOLDER: what `cmake --install` installs, whether systemd likes it, and how closed its services are.

With DESTDIR and the prefix /usr, as a package does it. systemd itself does not run here; package.py and
tests/stories play its part.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
MOST_EXPOSED = {"nexthopd.service": 1.5, "nexthopd-pass.service": 1.0, "nexthopd-exim-release.service": 2.0}


def run(*command, **others):
    done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **others)
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def install(build, place):
    return run("cmake", "--install", build, "--prefix", "/usr", env={**os.environ, "DESTDIR": str(place)})


def expected():
    """By what there is in the source folders."""
    yield from ("usr/sbin/nexthopd", "usr/sbin/nexthopd-exim-release", "usr/bin/nexthopctl",
                "etc/nexthopd/mxserverrules.lua",
                "usr/lib/sysusers.d/nexthopd.conf", "usr/lib/tmpfiles.d/nexthopd.conf",
                "usr/libexec/nexthopd/back-off", "usr/share/bash-completion/completions/nexthopctl")
    for page in (SOURCE / "man").iterdir():
        yield f"usr/share/man/man{page.suffix[1:]}/{page.name}"
    for settings in (SOURCE / "conf.d").glob("*.toml"):
        yield f"etc/nexthopd/conf.d/{settings.name}"
    for unit in (SOURCE / "contrib/systemd").iterdir():
        if unit.name.endswith((".socket", ".service", ".service.in")):
            yield f"usr/lib/systemd/system/{unit.name.removesuffix('.in')}"


def check_files(place):
    found = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    wanted = set(expected())
    assert found == wanted, f"missing: {sorted(wanted - found)}; not expected: {sorted(found - wanted)}"
    for path in found:
        mode = (place / path).stat().st_mode & 0o7777
        assert mode == (0o755 if any(f"/{folder}/" in f"/{path}" for folder in ("bin", "sbin", "libexec")) else 0o644), (path, oct(mode))


def check_edited_stays(build, place):
    settings = place / "etc/nexthopd/conf.d/10-nexthopd.toml"
    settings.write_text('mode = "observe"\n')
    gone = place / "etc/nexthopd/conf.d/30-script.toml"
    gone.unlink()
    install(build, place)
    assert settings.read_text() == 'mode = "observe"\n' and gone.exists()


def check_programs(place):
    """Settings and script as they are shipped."""
    settings = place / "etc/nexthopd"
    run(place / "usr/bin/nexthopctl", "-c", settings / "conf.d", "check", settings / "mxserverrules.lua")
    assert re.fullmatch(r"nexthopd \d+\.\d+\.\d+\n", run(place / "usr/sbin/nexthopd", "--version"))


def check_completion(place):
    """What bash proposes is what the program knows."""
    script = place / "usr/share/bash-completion/completions/nexthopctl"

    def proposed(*words):
        return run("bash", "-c", f'. {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nexthopctl; '
                   'printf "%s\\n" "${COMPREPLY[@]}"', "bash", "nexthopctl", *words,
                   env={**os.environ, "PATH": f"{place}/usr/bin:{os.environ['PATH']}"}).split()

    known = run(place / "usr/bin/nexthopctl", "--help").partition("Subcommands:")[2]
    commands = re.findall(r"^  ([a-z]+) ", known, re.MULTILINE)
    assert len(commands) > 10 and proposed("") == commands, (proposed(""), commands)
    assert proposed("postf") == ["postfix"] and proposed("--js") == ["--json"]
    assert proposed("postfix", "") == ["enable", "disable", "status"], proposed("postfix", "")
    assert {"--server", "--since", "--limit"} <= set(proposed("attempts", "--domain", "a.test", "--"))
    assert proposed("-c", f"{place}/etc/nexth") == [f"{place}/etc/nexthopd"]
    assert proposed("why", "") == []


def check_units(place, scratch):
    """The programs that units name have to be there: those that were just installed stand for those to be."""
    units = []
    for unit in sorted((place / "usr/lib/systemd/system").iterdir()):
        text = unit.read_text()
        for program in set(re.findall(r"^Exec\w+=[-+]*(/usr/\S*nexthop\S*)", text, re.MULTILINE)):
            installed = place / program.replace("/usr/local/", "/usr/")[1:]
            assert installed.exists(), (unit.name, program)
            text = re.sub(rf"{program}(?=\s)", str(installed), text)
        (scratch / unit.name).write_text(text)
        units.append(scratch / unit.name)
    said = run("systemd-analyze", "verify", "--man=no", *units)
    # Other units of this machine, if it has any, are not ours.
    assert "nexthop" not in said, said
    for unit in units:
        if unit.suffix != ".service":
            continue
        score = re.search(r"Overall exposure level for \S+: ([\d.]+)",
                          run("systemd-analyze", "--offline=true", "security", unit))
        assert float(score[1]) <= MOST_EXPOSED[unit.name], (unit.name, score[1])


def check_sockets(place):
    """The names that src/serve/inherited.hpp knows, each surface a unit of its own."""
    known = set(re.findall(r'_surface = "(\w+)"', (SOURCE / "src/serve/inherited.hpp").read_text()))
    units = place / "usr/lib/systemd/system"
    names = {socket.stem: re.search(r"^FileDescriptorName=(.*)$", socket.read_text(), re.MULTILINE)[1]
             for socket in units.glob("*.socket") if socket.stem != "nexthopd-exim-release"}
    assert set(names.values()) == known and len(names) == len(known), (names, known)
    for service in ("nexthopd.service", "nexthopd-pass.service"):
        handed_over = re.search(r"^Sockets=(.*)$", (units / service).read_text(), re.MULTILINE)[1].split()
        assert sorted(handed_over) == sorted(f"{unit}.socket" for unit in names), (service, handed_over)


def check_users(place):
    """On a machine that has none of them yet."""
    run("systemd-sysusers", f"--root={place}", place / "usr/lib/sysusers.d/nexthopd.conf")
    assert re.search(r"^nexthopd:x:\d+:\d+:[^:]*:/var/lib/nexthopd:/usr/sbin/nologin$",
                     (place / "etc/passwd").read_text(), re.MULTILINE)
    groups = (place / "etc/group").read_text()
    assert all(re.search(rf"^{name}:x:\d+:", groups, re.MULTILINE)
               for name in ("nexthopd", "nexthopd-admin", "postdrop")), groups
    run("systemd-tmpfiles", f"--root={place}", "--create", place / "usr/lib/tmpfiles.d/nexthopd.conf")
    assert (place / "run/nexthopd").stat().st_mode & 0o7777 == 0o755


def check_apparmor():
    """That it can be read; a kernel to enforce it is not asked for."""
    run("apparmor_parser", "--skip-kernel-load", "--skip-cache", SOURCE / "contrib/apparmor/usr.sbin.nexthopd")


def main():
    build = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        place, scratch = pathlib.Path(folder) / "place", pathlib.Path(folder) / "units"
        scratch.mkdir()
        install(build, place)
        check_files(place)
        check_edited_stays(build, place)
        check_programs(place)
        check_completion(place)
        check_units(place, scratch)
        check_sockets(place)
        check_users(place)
    check_apparmor()
    print("files, settings, completion, units, sockets and users are as they should be")


main()
