-- The relay's lease and memory. Whoever does not hold the lease changes nothing.
-- KEYS: 1 the lease, 2 the memory (a hash); ARGV: 1 operation, 2 holder, 3 milliseconds the lease lasts, then field, value, …
-- Answers: claim: {held, field, value, …} or {other}; save and release: {held} or {other}
local operation, holder, lease = ARGV[1], ARGV[2], ARGV[3]
local present = redis.call('GET', KEYS[1])
if present and present ~= holder then
  return {'other'}
end
if operation == 'claim' then
  redis.call('SET', KEYS[1], holder, 'PX', lease)
  local answer = {'held'}
  for _, each in ipairs(redis.call('HGETALL', KEYS[2])) do
    table.insert(answer, each)
  end
  return answer
end
if not present then
  return {'other'}
end
if operation == 'save' then
  for i = 4, #ARGV, 2 do
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
  redis.call('PEXPIRE', KEYS[1], lease)
  return {'held'}
end
redis.call('DEL', KEYS[1])
return {'held'}
