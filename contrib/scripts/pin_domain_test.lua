test("one host with a port", function()
    expect.route("user@example.com", ":[relay.example.net]:2525")
end)

test("two hosts in their order", function()
    expect.route("user@EXAMPLE.org", ":[mx-a.example.net], [mx-b.example.net]")
end)

test("other domains go by their MX records", function()
    expect.leave_alone("user@example.net")
end)

test("a domain below a pinned one is another", function()
    expect.leave_alone("user@sub.example.com")
end)
