local function newsletter() given.mail{connection = "newsletters"} end

test("a newsletter waits for the evening", function()
    at("2026-01-06 10:15") -- a Tuesday
    newsletter()
    expect.hold("user@example.com", "465m")
end)

test("it leaves in the evening", function()
    at("2026-01-06 18:00")
    newsletter()
    expect.leave_alone("user@example.com")
end)

test("it leaves before work begins", function()
    at("2026-01-06 07:59")
    newsletter()
    expect.leave_alone("user@example.com")
end)

test("it leaves on a Saturday", function()
    at("2026-01-10 10:15")
    newsletter()
    expect.leave_alone("user@example.com")
end)

test("other mail never waits", function()
    at("2026-01-06 10:15")
    expect.leave_alone("user@example.com")
end)
