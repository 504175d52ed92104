-- Mail to some domains goes to a host of one's choice, whatever their MX records say.
local PINNED = {
    ["example.com"] = "relay.example.net:2525",
    ["example.org"] = { "mx-a.example.net", "mx-b.example.net" },
}

function GetOverrides(domain, numRetries, messageSize)
    return PINNED[domain]
end
