-- Servers that are not to get mail, by name: a backup that loses it, a name below a domain that is not trusted.
-- They are left out as long as another server takes the domain's mail; else they are better than none.
local AVOIDED = { "^backup%d*%.", "%.example%.net$" }

local function avoided(server)
    for _, pattern in ipairs(AVOIDED) do
        if server:find(pattern) then return true end
    end
    return false
end

function FinalOverrides(domain, numRetries, messageSize, servers)
    local left = {}
    for _, one in ipairs(servers) do
        if not avoided(one.server) then left[#left + 1] = one end
    end
    if #left > 0 and #left < #servers then return left end
end
