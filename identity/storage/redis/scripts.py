"""What the server runs: each script is atomic, and about one key besides the marker.

KEYS[1] is the marker (`identity.storage.redis.server`), which every script that counts looks at
first: where it is gone so is everything else, and a new one is set that says since when. ARGV[1]
is that new one, ARGV[2] the marker's time to live, ARGV[3] what is added to a key's: milliseconds.
The scripts answer with the marker they found, and what they came to.

The server's clock only forgets; `now` is the caller's. Numbers are doubles on both sides and go
over the wire with 17 digits, which is all of them.
"""

from __future__ import annotations

_MARKER = """
local marker = redis.call('GET', KEYS[1])
if not marker then
  marker = ARGV[1]
  redis.call('SET', KEYS[1], marker, 'PX', ARGV[2])
end
local function kept(seconds)
  return math.ceil(math.max(seconds, 0) * 1000) + ARGV[3]
end
"""

RESERVE = (
    _MARKER
    + """
local now, interval = tonumber(ARGV[4]), tonumber(ARGV[5])
local burst, cap = tonumber(ARGV[6]), tonumber(ARGV[7])
local start = tonumber(redis.call('GET', KEYS[2]) or now)
if start < now then start = now end
local over = start + interval - burst - now
if over > 0 then return {marker, string.format('%.17g', over)} end
local moved = start + interval
if moved > now + cap then moved = now + cap end
if moved < start then moved = start end
redis.call('SET', KEYS[2], string.format('%.17g', moved), 'PX', kept(moved - now))
return {marker}
"""
)
"""KEYS[2] is a window, ARGV `now`, `interval`, `burst` and `cap`. A second value where it is full:
by how many seconds. The arithmetic is `identity.storage.windows.Ask`'s."""

REFUND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
local tat = redis.call('GET', KEYS[2])
if not tat then return end
redis.call('SET', KEYS[2], string.format('%.17g', tonumber(tat) - tonumber(ARGV[2])), 'KEEPTTL')
"""
"""ARGV[1] is the marker under which it was taken, ARGV[2] the seconds to give back to KEYS[2]."""

MARK = (
    _MARKER
    + """
local now, item, cap, ends = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local size, held = redis.call('ZCARD', KEYS[2]), redis.call('ZSCORE', KEYS[2], item)
if not held and size >= cap then return {marker, cap, 1} end
if tonumber(ends) > tonumber(now) then
  redis.call('ZADD', KEYS[2], 'GT', ends, item)
  local left = kept(ends - now)
  if redis.call('PTTL', KEYS[2]) < left then redis.call('PEXPIRE', KEYS[2], left) end
end
if held then return {marker, size, 0} end
return {marker, size + 1, 1}
"""
)
"""KEYS[2] is a set whose scores are when its items are over; ARGV `now`, item, cap, its end."""

SECRET = (
    _MARKER
    + """
local held = redis.call('GET', KEYS[2])
if held then
  local ends, value = struct.unpack('>ds', held)
  if ends > tonumber(ARGV[4]) then return {marker, value} end
end
redis.call('SET', KEYS[2], struct.pack('>ds', tonumber(ARGV[6]), ARGV[5]), 'PX',
  kept(ARGV[6] - ARGV[4]))
return {marker, ARGV[5]}
"""
)
"""KEYS[2] is a secret with its end before it; ARGV `now`, the one to be made, its end."""

TEND = """
local marker = redis.call('GET', KEYS[1])
local life = marker and string.match(marker, ' (.*) ')
if life ~= ARGV[3] then
  marker = ARGV[1]
  redis.call('SET', KEYS[1], marker, 'PX', ARGV[2])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return marker
"""
"""Set a new marker where the old one tells of another life of the server than ARGV[3]."""
