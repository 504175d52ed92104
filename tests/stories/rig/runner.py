"""Runs stories, one after the other in one place, and prints what became of them."""

import importlib.util
import signal
import sys
import time
import traceback

from . import daemon, layer, namespaces
from .place import BUILD, CHECKOUT, Place
from .scene import Scene

STORIES = CHECKOUT / "tests/stories"
_SECONDS = 60  # for one story
_LINES_SHOWN = 25
_FAILED = BUILD / "stories/failed"


def run(names):
    """Returns the exit status: 0 when all named stories (none: all) passed."""
    chosen = [s for s in sorted(STORIES.glob("[0-9]*.py")) if not names or any(n in s.stem for n in names)]
    if not chosen:
        sys.exit(f"No such story: {' '.join(names)}")

    def tell_all(scene):
        results = [_tell(story, scene) for story in chosen]
        print(f"{results.count(True)} passed, {results.count(False)} failed")
        return 0 if all(results) else 1

    return in_scene(tell_all)


def in_scene(function):
    """function(scene) called in a place of its own; its exit status."""
    kept = layer.prepared(lambda text: print(text, flush=True))

    def inside():
        place = Place()
        layer.unpack(kept, place)
        place.assemble(visible=[daemon.PROGRAMS])
        place.enter()
        return function(Scene())

    return namespaces.run_isolated(namespaces.FILES_AND_NETWORK, inside)


def _tell(path, scene):
    def too_long(_number, _frame):
        raise AssertionError(f"the story took more than {seconds} s")

    began = time.monotonic()
    problem = None
    signal.signal(signal.SIGALRM, too_long)
    try:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        story = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(story)
        seconds = getattr(story, "SECONDS", _SECONDS)
        signal.alarm(seconds)
        story.story(scene)
    except Exception as error:
        problem = error
    finally:
        signal.alarm(0)
    print(f"{'FAILED' if problem else 'ok':7}{path.stem:40}{time.monotonic() - began:6.1f} s", flush=True)
    if problem:
        _show(problem, path, scene)
    scene.end()
    return problem is None


def _show(problem, path, scene):
    traceback.print_exception(problem, limit=-3, file=sys.stdout)
    folder = _FAILED / path.stem
    scene.keep_logs(folder)
    for log in sorted(folder.iterdir()):
        print(f"--- the last lines of {log}")
        print("\n".join(log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:]))
    print(flush=True)
