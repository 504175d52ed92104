-- Large mail leaves through another transport: a service "bulky" of master.cf, say with one process and a
-- line of its own. The size is known where Postfix asks about the policy, or when its log has shown it.
local LARGE = 10 * 1024 * 1024

function FinalOverrides(domain, numRetries, messageSize, servers)
    if messageSize > LARGE then
        return { transport = "bulky" }
    end
end
