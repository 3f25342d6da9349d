-- Takes the most urgent head that may be called for, with those right behind it that go along.
-- $1 tenant, $2 now, $3 the lease's end; then what is served: $4 destinations, $5 batches,
-- $6 accounts, $7 what one call takes of the budget in nanoseconds, or NULL, $8 its burst.
-- $9 the process that claims, if others can see whether it lives.
WITH served AS MATERIALIZED (
  SELECT s.*
  FROM unnest($4::text[], $5::int8[], $6::text[], $7::int8[], $8::int8[])
    AS s (destination, batch, account, call, burst)
  WHERE NOT EXISTS (SELECT FROM pauses p
      WHERE p.tenant = $1::int4 AND p.account = s.account AND (p.until IS NULL OR p.until > $2::int8))
    AND NOT EXISTS (SELECT FROM budgets b
      WHERE b.tenant = $1 AND b.account = s.account AND b.whole > $2 + s.burst)
),
-- The first of each destination, the most urgent first. Nothing is locked yet.
urgent AS MATERIALIZED (
  SELECT s.*, j.priority, j.id
  FROM served s CROSS JOIN LATERAL (
    SELECT priority, id FROM jobs
    WHERE tenant = $1 AND destination = s.destination AND ready AND due <= $2
    ORDER BY priority, id LIMIT 1) j
  ORDER BY j.priority, j.id
),
-- The first that nobody else is just claiming. One destination is looked at after the other, until
-- one row is locked.
head AS MATERIALIZED (
  SELECT h.*, u.batch, u.account, u.call, u.burst
  FROM urgent u CROSS JOIN LATERAL (
    SELECT id, session, lane, destination, alike, fence FROM jobs
    WHERE tenant = $1 AND destination = u.destination AND ready AND due <= $2
    ORDER BY priority, id LIMIT 1 FOR UPDATE SKIP LOCKED) h
  LIMIT 1
),
-- Another process may have spent what was left: then the row has changed, and nothing is taken.
spent AS (
  INSERT INTO budgets AS b (tenant, account, whole)
  SELECT $1, account, $2 + call FROM head WHERE call IS NOT NULL
  ON CONFLICT (tenant, account) DO UPDATE
  SET whole = greatest(b.whole, $2) + (excluded.whole - $2)
  WHERE b.whole <= $2 + (SELECT burst FROM head)
  RETURNING 1
),
lease AS MATERIALIZED (
  SELECT nextval('tokens') AS token FROM head WHERE call IS NULL OR EXISTS (SELECT FROM spent)
),
along AS MATERIALIZED (
  SELECT a.id FROM head h CROSS JOIN LATERAL (
    SELECT id FROM jobs
    WHERE tenant = $1 AND lane = h.lane AND id > h.id AND id < coalesce(
      (SELECT id FROM jobs x
       WHERE x.tenant = $1 AND x.lane = h.lane AND x.id > h.id AND (x.state = 2
         OR x.alike <> h.alike OR x.session IS DISTINCT FROM h.session
         OR x.fence IS DISTINCT FROM h.fence)
       ORDER BY x.id LIMIT 1), 9223372036854775807)
    ORDER BY id LIMIT h.batch - 1) a
  WHERE h.alike > 0 AND h.batch > 1
),
taken AS (
  UPDATE jobs j
  SET tried = j.tried OR j.state = 1,
    last_at = CASE j.state WHEN 1 THEN j.lease_until ELSE j.last_at END,
    state = 1, token = lease.token, lease_until = $3::int8, process = $9::int4,
    due = CASE WHEN j.head THEN $3 END, ready = false,
    attempts = j.attempts + 1, first_at = coalesce(j.first_at, $2)
  FROM lease, (SELECT id FROM head UNION ALL SELECT id FROM along) chosen
  WHERE j.id = chosen.id
  RETURNING j.id, j.attempts, j.first_at, j.tried, j.last_at, j.data, j.token
)
-- One row for each job; a head without a job was refused by the budget. Each row is looked up by
-- itself: `OFFSET 0` keeps the planner from turning that round.
SELECT t.id, t.attempts, t.first_at, t.tried, t.last_at, t.data, t.token,
  s.version, s.data, c.version, c.data, k.allowed, u.cursor, $3
FROM head h
LEFT JOIN taken t ON true
LEFT JOIN LATERAL (SELECT version, data, case_id, channel, address FROM sessions
  WHERE tenant = $1 AND id = h.session AND t.id = h.id OFFSET 0) s ON true
LEFT JOIN LATERAL (SELECT version, data FROM cases
  WHERE tenant = $1 AND id = s.case_id OFFSET 0) c ON true
LEFT JOIN LATERAL (SELECT allowed FROM consents
  WHERE tenant = $1 AND channel = s.channel AND address = s.address OFFSET 0) k ON true
LEFT JOIN LATERAL (SELECT cursor FROM cursors
  WHERE tenant = $1 AND source = h.destination AND h.lane LIKE 'feed|all|%' OFFSET 0) u ON true
ORDER BY t.id
