test("a domain of the provider", function()
    given.mx("example.com", {"a.mail.example.net", "b.mail.example.net"})
    expect.route("user@example.com", "slow:")
end)

test("one server of another provider is enough to leave it alone", function()
    given.mx("example.com", {"a.mail.example.net", "mx.example.com"})
    expect.leave_alone("user@example.com")
end)

test("a name that only looks alike", function()
    given.mx("example.com", {"a.mail.example.net.evil.test"})
    expect.leave_alone("user@example.com")
end)

test("a domain that does not exist", function()
    given.mx("example.com", {})
    expect.leave_alone("user@example.com")
end)
