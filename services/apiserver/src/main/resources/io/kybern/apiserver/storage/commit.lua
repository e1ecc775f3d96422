-- Commits one write: checks its precondition, takes the next revision, writes the log and the object, all or nothing.
-- KEYS: 1 the revision, 2 the hash of the resource's objects, 3 the log
-- ARGV: 1 verb (ADDED, MODIFIED, DELETED), 2 resource, 3 key, 4 precondition (absent, present or a revision),
--       5 value (of a delete: the last state), 6 tag, 7 empty, or the revision after which an earlier attempt may have committed
-- Answers: {committed, revision} {unchanged, revision} {missing} {exists, revision} {conflict, revision} {unresolved}
local verb, resource, key, precondition, value, tag, since =
    ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

if since ~= '' then
  -- the answer to an earlier attempt was lost: if that attempt committed, its tag is in the log
  local last = since .. '-0'
  local seen = 0
  while true do
    local entries = redis.call('XRANGE', KEYS[3], '(' .. last, '+', 'COUNT', 100)
    if #entries == 0 then
      break
    end
    for _, entry in ipairs(entries) do
      last = entry[1]
      if entry[2][8] == tag then
        return {'committed', string.match(entry[1], '^%d+')}
      end
    end
    seen = seen + #entries
    if seen >= 20000 then
      return {'unresolved'}
    end
  end
end

local stored = redis.call('HGET', KEYS[2], key)
if stored then
  local space = string.find(stored, ' ', 1, true)
  local revision = string.sub(stored, 1, space - 1)
  if precondition == 'absent' then
    return {'exists', revision}
  end
  if precondition ~= 'present' and precondition ~= revision then
    return {'conflict', revision}
  end
  if verb ~= 'DELETED' and string.sub(stored, space + 1) == value then
    return {'unchanged', revision}
  end
elseif precondition ~= 'absent' then
  return {'missing'}
end

local revision = string.format('%.0f', redis.call('INCR', KEYS[1]))
redis.call('XADD', KEYS[3], revision .. '-0',
    'verb', verb, 'resource', resource, 'key', key, 'tag', tag, 'json', value)
if verb == 'DELETED' then
  redis.call('HDEL', KEYS[2], key)
else
  redis.call('HSET', KEYS[2], key, revision .. ' ' .. value)
end
return {'committed', revision}
