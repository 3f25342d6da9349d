-- Writes everything about new sessions; none of the tables depends on another.
-- $1 tenant; $2-$4 cases, $5-$8 contacts, $9-$17 sessions, $18-$20 threads, $21-$23 messages,
-- $24-$27 marks.
WITH new_cases AS (
  INSERT INTO cases (tenant, id, version, data)
  SELECT $1::int4, * FROM unnest($2::uuid[], $3::int8[], $4::text[])
  ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, data = excluded.data
),
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
),
new_threads AS (
  INSERT INTO threads (tenant, thread, created, session)
  SELECT $1, * FROM unnest($18::text[], $19::int8[], $20::uuid[]) ON CONFLICT DO NOTHING
),
new_messages AS (
  INSERT INTO messages (tenant, session, seq, data)
  SELECT $1, * FROM unnest($21::uuid[], $22::int8[], $23::text[])
)
INSERT INTO marks AS m (tenant, id, kinds, session, seq)
SELECT $1, * FROM unnest($24::text[], $25::int2[], $26::uuid[], $27::int8[])
ON CONFLICT (tenant, id) DO UPDATE SET kinds = m.kinds | excluded.kinds,
  session = coalesce(m.session, excluded.session), seq = coalesce(m.seq, excluded.seq)
