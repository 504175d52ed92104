-- All domains whose mail one provider takes leave through one transport, so that a single limit in master.cf
-- or main.cf (slow_destination_rate_delay, maxproc) governs them together. The domain stays the nexthop.
local PROVIDER = "%.mail%.example%.net$"

function FinalOverrides(domain, numRetries, messageSize, servers)
    if #servers == 0 then return nil end
    for _, one in ipairs(servers) do
        if not one.server:find(PROVIDER) then return nil end
    end
    return { transport = "slow" }
end
