local MIB = 1024 * 1024

test("large mail takes the other way", function()
    given.mail{size = 11 * MIB}
    expect.route("user@example.com", "bulky:")
end)

test("mail of just that size does not", function()
    given.mail{size = 10 * MIB}
    expect.leave_alone("user@example.com")
end)

test("nor does mail of unknown size", function()
    expect.leave_alone("user@example.com")
end)
