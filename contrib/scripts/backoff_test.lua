local function refused(count, server, ago)
    given.attempts{server = server, domain = "example.com", result = "450 4.2.1 try again later",
                   count = count, ago = ago or "5m"}
end

test("a few refusals change nothing", function()
    refused(5, "mx1.example.com")
    expect.leave_alone("user@example.com")
end)

test("one more, and the other server gets the mail", function()
    refused(6, "mx1.example.com")
    expect.route("user@example.com", ":[mx2.example.com]")
end)

test("both refuse: the mail waits, and other mail does not", function()
    refused(6, "mx1.example.com")
    refused(6, "mx2.example.com")
    expect.hold("user@example.com", "15m")
    expect.leave_alone("user@example.net")
end)

test("it ends by itself", function()
    refused(6, "mx1.example.com")
    refused(6, "mx2.example.com")
    expect.hold("user@example.com")
    after("16m")
    expect.leave_alone("user@example.com")
end)

test("what was delivered does not count", function()
    given.attempts{server = "mx1.example.com", result = "250 2.0.0 taken", count = 50, ago = "5m"}
    expect.leave_alone("user@example.com")
end)
