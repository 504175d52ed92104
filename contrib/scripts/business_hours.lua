-- Newsletters wait until the evening: from 8 to 18 o'clock on working days their connection sends nothing.
-- The connection is the part after the dot in `socketmap:...:transport.newsletters`.
local FROM, TO = 8, 18

local function minutes_left()
    local now = os.date("*t")
    local working_day = now.wday > 1 and now.wday < 7 -- 1 is Sunday
    if not working_day or now.hour < FROM or now.hour >= TO then return 0 end
    return (TO - now.hour) * 60 - now.min
end

function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    local wait = minutes_left()
    if ConnectionName == "newsletters" and wait > 0 then
        return false, wait
    end
    return defaultResult
end
