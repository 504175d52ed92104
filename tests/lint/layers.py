#!/usr/bin/python3
"""layers.py CHECKOUT: each folder of src/ includes only what its nexthopd_layer() call permits.

src/CMakeLists.txt says for each folder which others it USES. An include of a folder that is not among
these, or among what those use themselves, is refused; so is the header of a third-party library outside
the one folder that wraps it, and a layer that uses one declared after it.
"""

import pathlib
import re
import sys

# Header (a prefix of what stands between quotes or angle brackets) -> the only folder for it; with two words
# the only ones.
ROOMS = {
    "lua": "script rehearse",
    "lauxlib.h": "script",
    "pg_query": "sql",
    "xxhash.h": "base",
    "ldns/": "dns",
    "sqlite3": "ledger",
    "toml++/": "config",
    "idn2.h": "mail",
    "re2/": "classify",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
LAYER = re.compile(r"^nexthopd_layer\(\s*(\w+)([^)]*)\)", re.MULTILINE)


def read_layers(cmake):
    """Folder -> folders it may include, itself among them; and what is wrong with the list itself."""
    layers, wrong = {}, []
    for name, arguments in LAYER.findall(cmake):
        reachable = {name}
        uses = re.search(r"\bUSES((?:\s+[a-z_]+)*)", arguments)
        for used in uses[1].split() if uses else ():
            if used in layers:
                reachable |= layers[used]
            else:
                wrong.append(f"src/CMakeLists.txt: {name} uses {used}, which is not declared before it")
        layers[name] = reachable
    return layers, wrong


def check_file(path, text, layers):
    """What is wrong with the includes of src/`path`."""
    folder = path.partition("/")[0]
    wrong = []
    for bracket, header in INCLUDE.findall(text):
        used, slash, _ = header.partition("/")
        if bracket == '"' and slash and used not in layers[folder]:
            reason = f"{folder} does not use {used}" if used in layers else f"there is no layer {used}"
            wrong.append(f'src/{path}: #include "{header}": {reason}')
        for prefix, room in ROOMS.items():
            if header.startswith(prefix) and folder not in room.split():
                wrong.append(f"src/{path}: {header} belongs into src/{room.replace(' ', ' and src/')} only")
    return wrong


def test_the_test():
    layers, wrong = read_layers("nexthopd_layer(low)\nnexthopd_layer(mid USES low LIBS X::y)\n"
                                "nexthopd_layer(high USES mid\n  PRIVATE_LIBS foo)\nnexthopd_layer(odd USES later)\n")
    assert layers["high"] == {"high", "mid", "low"} and layers["low"] == {"low"}, layers
    assert wrong == ["src/CMakeLists.txt: odd uses later, which is not declared before it"], wrong
    for path, text, found in (("high/a.cpp", '#include "low/x.hpp"\n#include <vector>\n#include "a.hpp"\n', 0),
                              ("low/a.hpp", '  #  include "mid/x.hpp"\n', 1),
                              ("low/a.hpp", '#include "nowhere/x.hpp"\n', 1),
                              ("mid/a.cpp", "#include <ldns/ldns.h>\n#include <lua.hpp>\n", 2),
                              ("mid/a.cpp", '// #include "high/x.hpp"\n', 0)):
        assert len(check_file(path, text, layers)) == found, (path, text)


def main(checkout):
    test_the_test()
    source = pathlib.Path(checkout) / "src"
    layers, wrong = read_layers((source / "CMakeLists.txt").read_text())
    for file in sorted([*source.glob("*/**/*.hpp"), *source.glob("*/**/*.cpp")]):
        path = str(file.relative_to(source))
        if path.partition("/")[0] not in layers:
            wrong.append(f"src/{path}: its folder has no nexthopd_layer() in src/CMakeLists.txt")
        else:
            wrong += check_file(path, file.read_text(), layers)
    print("\n".join(wrong) or f"{len(layers)} layers, no include out of place")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1]))
