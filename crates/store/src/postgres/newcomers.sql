-- Writes a group of new sessions as if nothing of it were stored yet; if anything is, a unique index
-- refuses all of it.
-- $1 tenant; $2-$4 cases, $5-$8 contacts, $9-$17 sessions, $18-$20 threads, $21-$23 messages,
-- $24-$27 marks, $28-$36 jobs, $37 events that are handled, $38 names under which sessions are found
-- from now on.
WITH new_cases AS (
  INSERT INTO cases (tenant, id, version, data)
  SELECT $1::int4, * FROM unnest($2::uuid[], $3::int8[], $4::text[]) RETURNING 1
),
-- The one row that may be there: a customer comes back.
new_contacts AS (
  INSERT INTO contacts AS c (tenant, scheme, value, contact, sessions)
  SELECT $1, * FROM unnest($5::text[], $6::text[], $7::uuid[], $8::int8[])
  ON CONFLICT (tenant, scheme, value, contact) DO UPDATE
  SET sessions = c.sessions + excluded.sessions
),
new_sessions AS (
  INSERT INTO sessions
    (tenant, version, id, created, ended, wake, case_id, reply, channel, address, data)
  SELECT $1, 1, * FROM unnest($9::uuid[], $10::int8[], $11::int8[], $12::int8[], $13::uuid[],
    $14::text[], $15::text[], $16::text[], $17::text[])
  RETURNING 1
),
new_threads AS (
  INSERT INTO threads (tenant, thread, created, session)
  SELECT $1, * FROM unnest($18::text[], $19::int8[], $20::uuid[])
),
new_messages AS (
  INSERT INTO messages (tenant, session, seq, data)
  SELECT $1, * FROM unnest($21::uuid[], $22::int8[], $23::text[])
),
new_marks AS (
  INSERT INTO marks (tenant, id, kinds, session, seq)
  SELECT $1, * FROM unnest($24::text[], $25::int2[], $26::uuid[], $27::int8[]) RETURNING 1
),
handled AS (
  DELETE FROM unrouted WHERE tenant = $1 AND event = ANY ($37::text[])
),
-- The sum keeps the planner from the indices that begin with the tenant, and so with all its events.
found AS (
  UPDATE unrouted SET found = true
  WHERE tenant + 0 = $1 AND NOT found AND threads && $38::text[] AND event <> ALL ($37)
)
-- Numbered in the order in which they were made, after everything that may refuse them: so none has a
-- number in vain.
INSERT INTO jobs (tenant, session, lane, destination, priority, alike, fence,
  head, ready, due, not_before, data)
SELECT $1, session, lane, destination, priority, alike, fence, head, head,
  CASE WHEN head THEN now END, now, data
FROM unnest($28::uuid[], $29::text[], $30::text[], $31::int2[], $32::int2[], $33::int8[],
    $34::bool[], $35::int8[], $36::text[]) WITH ORDINALITY
  AS n (session, lane, destination, priority, alike, fence, head, now, data, place)
WHERE (SELECT count(*) FROM new_cases) + (SELECT count(*) FROM new_sessions)
  + (SELECT count(*) FROM new_marks) > 0
ORDER BY place
