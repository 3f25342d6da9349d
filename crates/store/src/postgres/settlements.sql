-- Writes what settlements write about stored sessions; none of the tables depends on another.
-- $1 tenant; $2-$4 cases, $5-$14 sessions, $15-$17 messages, $18 jobs that are done, $19-$27 new jobs.
WITH all_cases AS (
  INSERT INTO cases (tenant, id, version, data)
  SELECT $1::int4, * FROM unnest($2::uuid[], $3::int8[], $4::text[])
  ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, data = excluded.data
),
-- They are there. Found by the index that it names, whatever the planner thinks of the table.
old_sessions AS (
  INSERT INTO sessions
    (tenant, version, id, created, ended, wake, case_id, reply, channel, address, data)
  SELECT $1, * FROM unnest($5::int8[], $6::uuid[], $7::int8[], $8::int8[], $9::int8[], $10::uuid[],
    $11::text[], $12::text[], $13::text[], $14::text[])
  ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, ended = excluded.ended,
    wake = excluded.wake, case_id = excluded.case_id, data = excluded.data
),
new_messages AS (
  INSERT INTO messages (tenant, session, seq, data)
  SELECT $1, * FROM unnest($15::uuid[], $16::int8[], $17::text[])
),
done AS (
  DELETE FROM jobs WHERE id = ANY ($18::int8[])
)
-- Numbered in the order in which they were made.
INSERT INTO jobs (tenant, session, lane, destination, priority, alike, fence,
  head, ready, due, not_before, data)
SELECT $1, session, lane, destination, priority, alike, fence, head, head,
  CASE WHEN head THEN now END, now, data
FROM unnest($19::uuid[], $20::text[], $21::text[], $22::int2[], $23::int2[], $24::int8[],
    $25::bool[], $26::int8[], $27::text[]) WITH ORDINALITY
  AS n (session, lane, destination, priority, alike, fence, head, now, data, place)
ORDER BY place
