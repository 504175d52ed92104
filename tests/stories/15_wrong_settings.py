# Settings and scripts with mistakes: the check names file and line, and what was probably meant. nexthopd starts
# all the same, leaves all mail alone and says why.

MISTAKES = (
    ('mode = "enforce"\n[hold]\ndefalt = "5m"\n', "", ("50-story.toml:3", "default")),
    ('[hold]\ndefault = 5\n', "", ("50-story.toml:2", "default")),
    ('[hold\n', "", ("50-story.toml:1",)),
    ('mode = "watch"\n', "", ("50-story.toml:1", "observe")),
    ("", "function CheckServer()\n  return fals e\nend\n", ("mxserverrules.lua:2",)),
)


def story(rig):
    for settings, script, wanted in MISTAKES:
        rig.nexthopd.configure(script, settings)
        done = rig.nexthopd.check()
        text = done.stdout + done.stderr
        assert done.returncode == 1, (settings, done)
        for words in wanted:
            assert words in text, (words, text)

    settings, script, wanted = MISTAKES[0]
    rig.start("one MX 10 mx1\n", script, settings)
    rig.mta.send("user@one.test")
    assert rig.delivered("user@one.test").server == 1
    rig.wait_for(lambda: wanted[0] in rig.nexthopd.log(), "the log to name the mistake")
