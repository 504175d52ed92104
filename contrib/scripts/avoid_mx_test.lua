test("the backup is left out", function()
    given.mx("example.com", {"mx1.example.com", "backup1.example.com"})
    expect.route("user@example.com", ":[mx1.example.com]")
end)

test("a server below the domain is left out", function()
    given.mx("example.com", {"in.example.net", "mx2.example.com", "mx3.example.com"})
    expect.route("user@example.com", ":[mx2.example.com], [mx3.example.com]")
end)

test("the only one is kept", function()
    given.mx("example.com", {"backup.example.com"})
    expect.leave_alone("user@example.com")
end)

test("other names are kept", function()
    given.mx("example.com", {"mx1.example.com", "mybackup.example.com"})
    expect.leave_alone("user@example.com")
end)
