"""The scripts of a product's queue.

Each can be sent again if its reply was lost: nothing is held twice. An answer that `LEAVE` took is
then lost, and its request ends with a timeout.

Two releases use these keys at the same time. A change of their content, or of the time after which
a leader loses its place, needs another name of the queue (`redis_queue`).

Keys of a product, all with its tag in braces, so that a cluster keeps them on one node:

- `…:waiting`: the requests that wait, in their sequence. An entry begins with the request's id.
- `…:leaders`: the requests that serve a batch, by the time at which each loses its place.
- `…:served:<leader>`: the ids of the requests in a leader's batch.
- `…:batch:<leader>`: its batch, as it was sent to the leader.
- `…:answer:<request>`: what a request receives: an answer, a batch to lead, or `SOLD_OUT`.

Every key expires.
"""

from string import Template
from typing import Final

ID_LENGTH: Final = 16
BATCH: Final = "lead"
"""The first line of a batch to lead. Each other line is an entry."""
SOLD_OUT: Final = "sold out"
"""What a leader sends if it found no available unit, and what waiting requests then receive."""

LEADERS: Final = 2
SECOND_LEADER_MS: Final = 1
TAKE_MS: Final = 100
LONGEST_BATCH: Final = 128
LONGEST_BATCH_BYTES: Final = 12_000
SOLD_OUT_REQUESTS: Final = 1000
_WAITING_MS: Final = 60_000
_ANSWER_MS: Final = 10_000

# A second leader may begin when the first has been at work for a while: it collects a batch while
# the first one commits. Two that begin together would have small batches.
#
# A leader that has not taken its batch is dead. Its batch waits again, without its own request.
_LEAD: Final = f"""
local product = KEYS[1]
local waiting, leaders = product .. ':waiting', product .. ':leaders'
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', leaders, '-inf', now)

local function key(kind, request)
  return product .. ':' .. kind .. ':' .. request
end

local function id(entry)
  return string.sub(entry, 1, {ID_LENGTH})
end

local function send(request, text)
  redis.call('RPUSH', key('answer', request), text)
  redis.call('PEXPIRE', key('answer', request), {_ANSWER_MS})
end

local function dismiss(leader)
  redis.call('DEL', key('served', leader), key('batch', leader))
  return redis.call('ZREM', leaders, leader)
end

local function take_back(leader)
  local sent = redis.call('LINDEX', key('answer', leader), 0)
  if not sent or string.sub(sent, 1, {len(BATCH)}) ~= '{BATCH}' then return false end
  local entries = {{}}
  for entry in string.gmatch(redis.call('LPOP', key('answer', leader)), '[^\\n]+') do
    if entry ~= '{BATCH}' and id(entry) ~= leader then table.insert(entries, 1, entry) end
  end
  if #entries > 0 then
    redis.call('LPUSH', waiting, unpack(entries))
    redis.call('PEXPIRE', waiting, {_WAITING_MS})
  end
  dismiss(leader)
  return true
end

local function find_leaders()
  local found, ids, newest = redis.call('ZRANGE', leaders, 0, -1, 'WITHSCORES'), {{}}, 0
  for i = 1, #found, 2 do
    local started = found[i + 1] - $leader_ms
    if now <= started + {TAKE_MS} or not take_back(found[i]) then
      ids[#ids + 1] = found[i]
      newest = math.max(newest, started)
    end
  end
  return ids, newest
end

local function lead(leader, ids, newest)
  for _, each in ipairs(ids) do
    if each == leader then return end
  end
  if #ids >= {LEADERS} or #ids > 0 and now < newest + {SECOND_LEADER_MS} then return end
  local batch, served, bytes = {{'{BATCH}'}}, {{}}, 0
  for _, entry in ipairs(redis.call('LRANGE', waiting, 0, {LONGEST_BATCH - 1})) do
    bytes = bytes + #entry
    if #served > 0 and bytes > {LONGEST_BATCH_BYTES} then break end
    served[#served + 1] = id(entry)
    batch[#batch + 1] = entry
  end
  if #served == 0 then return end
  redis.call('LTRIM', waiting, #served, -1)
  redis.call('SADD', key('served', leader), unpack(served))
  local text = table.concat(batch, '\\n')
  redis.call('SET', key('batch', leader), text, 'PX', $leader_ms)
  redis.call('PEXPIRE', key('served', leader), $leader_ms)
  redis.call('ZADD', leaders, now + $leader_ms, leader)
  redis.call('PEXPIRE', leaders, $leader_ms)
  send(leader, text)
end
"""

# ARGV: the entry of the request. It joins the queue unless it waits, is served or is answered. A
# leader that looks for an answer has not received its batch.
_JOIN: Final = f"""
{_LEAD}
local entry = ARGV[1]
local request = id(entry)

if redis.call('EXISTS', key('answer', request)) == 1 then return end
local ids, newest = find_leaders()
local is_served = false
for _, leader in ipairs(ids) do
  if leader == request then
    local batch = redis.call('GET', key('batch', request))
    if batch then send(request, batch) end
    return
  end
  is_served = is_served or redis.call('SISMEMBER', key('served', leader), request) == 1
end
if not is_served and not redis.call('LPOS', waiting, entry) then
  redis.call('RPUSH', waiting, entry)
  redis.call('PEXPIRE', waiting, {_WAITING_MS})
end
lead(request, ids, newest)
"""

# ARGV: the leader, `SOLD_OUT` or nothing, then a request and its answer, and so on. Returns 0 if
# the leader had lost its place. Its requests may then wait again, which their answers end.
#
# The requests that wait for a product that is sold out leave the queue, at most a thousand at once.
# A leader that has lost its place empties nothing: units may have come back since it looked.
_FINISH: Final = f"""
{_LEAD}
local led = dismiss(ARGV[1])
local answered = {{}}
for i = 3, #ARGV, 2 do
  send(ARGV[i], ARGV[i + 1])
  answered[ARGV[i]] = true
end
if led == 0 then
  for _, entry in ipairs(redis.call('LRANGE', waiting, 0, -1)) do
    if answered[id(entry)] then redis.call('LREM', waiting, 1, entry) end
  end
elseif ARGV[2] == '{SOLD_OUT}' then
  for _, entry in ipairs(redis.call('LRANGE', waiting, 0, {SOLD_OUT_REQUESTS - 1})) do
    send(id(entry), '{SOLD_OUT}')
  end
  redis.call('LTRIM', waiting, {SOLD_OUT_REQUESTS}, -1)
end
local first = redis.call('LINDEX', waiting, 0)
if first then lead(id(first), find_leaders()) end
return led
"""

# ARGV: the entry of a request that gives up. Returns what it has received meanwhile, if anything.
LEAVE: Final = f"""
redis.call('LREM', KEYS[1] .. ':waiting', 1, ARGV[1])
return redis.call('LPOP', KEYS[1] .. ':answer:' .. string.sub(ARGV[1], 1, {ID_LENGTH}))
"""


def join(leader_ms: int) -> str:
    """Return the script with which a request joins the queue, or looks again."""
    return Template(_JOIN).substitute(leader_ms=leader_ms)


def finish(leader_ms: int) -> str:
    """Return the script with which a leader answers its batch and passes the next one on."""
    return Template(_FINISH).substitute(leader_ms=leader_ms)
