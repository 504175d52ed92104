-- A server that has refused five mails with 4xx within a quarter of an hour is left alone for as long.
-- Where this leaves no server, the mail waits; other mail is not concerned.
local FAILURES, MINUTES = 5, 15

function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if nexthop.count(mxserver, "4", MINUTES * 60) > FAILURES then
        return false, MINUTES
    end
    return defaultResult
end
