-- Times are nanoseconds since 1970. Texts under `data` are JSON; what the columns beside it say goes
-- before what it says. Texts are compared byte by byte.

CREATE SEQUENCE tokens;

CREATE TABLE tenants (
  key int4 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text COLLATE "C" NOT NULL UNIQUE
);

-- `reply`: the thread its replies go to. `channel` and `address`: who would get them.
CREATE TABLE sessions (
  tenant int4 NOT NULL,
  id uuid NOT NULL,
  version int8 NOT NULL,
  created int8 NOT NULL,
  ended int8,
  wake int8,
  case_id uuid,
  reply text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  address text COLLATE "C" NOT NULL,
  data text NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX sessions_reply ON sessions (tenant, reply) WHERE ended IS NULL;
CREATE INDEX sessions_created ON sessions (tenant, created DESC, id);
CREATE INDEX sessions_open ON sessions (tenant, created DESC, id) WHERE ended IS NULL;
CREATE INDEX sessions_ended ON sessions (tenant, ended) WHERE ended IS NOT NULL;
CREATE INDEX sessions_wake ON sessions (tenant, wake, id) WHERE wake IS NOT NULL;
CREATE INDEX sessions_case ON sessions (tenant, case_id) WHERE case_id IS NOT NULL;

CREATE TABLE threads (
  tenant int4 NOT NULL,
  thread text COLLATE "C" NOT NULL,
  created int8 NOT NULL,
  session uuid NOT NULL,
  PRIMARY KEY (tenant, thread, created, session)
);
CREATE INDEX threads_session ON threads (tenant, session);

CREATE TABLE cases (
  tenant int4 NOT NULL,
  id uuid NOT NULL,
  version int8 NOT NULL,
  data text NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE messages (
  tenant int4 NOT NULL,
  session uuid NOT NULL,
  seq int8 NOT NULL,
  data text NOT NULL,
  PRIMARY KEY (tenant, session, seq)
);

-- `kinds`: 1 seen, 2 a row of ours; with `session` and `seq`, the message it became.
CREATE TABLE marks (
  tenant int4 NOT NULL,
  id text COLLATE "C" NOT NULL,
  kinds int2 NOT NULL,
  session uuid,
  seq int8,
  PRIMARY KEY (tenant, id)
);

-- `state`: 0 waiting, 1 claimed, 2 parked, 3 uncertain (then out of its lane).
-- `alike`: 0 done alone; neighbours with the same number, session and fence go along.
-- The head of a lane has a `due` time unless it is parked: when it may be claimed. A claim raises
-- `ready` once that time has come, so that it finds the most urgent head without a search.
CREATE TABLE jobs (
  id int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  tenant int4 NOT NULL,
  session uuid,
  lane text COLLATE "C",
  destination text COLLATE "C" NOT NULL,
  priority int2 NOT NULL,
  alike int2 NOT NULL,
  fence int8,
  state int2 NOT NULL DEFAULT 0,
  head bool NOT NULL,
  ready bool NOT NULL,
  due int8,
  not_before int8 NOT NULL,
  token int8,
  lease_until int8,
  attempts int8 NOT NULL DEFAULT 0,
  first_at int8,
  tried bool NOT NULL DEFAULT false,
  last_at int8,
  reason text,
  data text NOT NULL
);
CREATE UNIQUE INDEX jobs_head ON jobs (tenant, lane) WHERE head;
CREATE INDEX jobs_lane ON jobs (tenant, lane, id) WHERE lane IS NOT NULL;
CREATE INDEX jobs_ready ON jobs (tenant, destination, priority, id) WHERE ready;
CREATE INDEX jobs_due ON jobs (tenant, ready, due) WHERE due IS NOT NULL;
CREATE INDEX jobs_token ON jobs (token) WHERE token IS NOT NULL;
CREATE INDEX jobs_session ON jobs (tenant, session, id) WHERE session IS NOT NULL;
CREATE INDEX jobs_held ON jobs (tenant, state, id) WHERE state >= 2;
CREATE INDEX jobs_failing ON jobs (tenant, id) WHERE reason IS NOT NULL AND state < 2;

CREATE TABLE cursors (
  tenant int4 NOT NULL,
  source text COLLATE "C" NOT NULL,
  cursor text NOT NULL,
  PRIMARY KEY (tenant, source)
);

-- `until` is NULL for a pause that a person ends.
CREATE TABLE pauses (
  tenant int4 NOT NULL,
  account text COLLATE "C" NOT NULL,
  until int8,
  reason text NOT NULL,
  PRIMARY KEY (tenant, account)
);

-- `whole`: when the budget would be whole again, had nothing more been claimed.
CREATE TABLE budgets (
  tenant int4 NOT NULL,
  account text COLLATE "C" NOT NULL,
  whole int8 NOT NULL,
  PRIMARY KEY (tenant, account)
);

CREATE TABLE consents (
  tenant int4 NOT NULL,
  channel text COLLATE "C" NOT NULL,
  address text COLLATE "C" NOT NULL,
  allowed bool NOT NULL,
  at int8 NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (tenant, channel, address)
);

-- `sessions`: how many are of the contact under this identity.
CREATE TABLE contacts (
  tenant int4 NOT NULL,
  scheme text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  contact uuid NOT NULL,
  sessions int8 NOT NULL,
  PRIMARY KEY (tenant, scheme, value, contact)
);

-- `found`: a session has been found on one of its threads since. `sessions`: those of its threads
-- that are sessions themselves.
CREATE TABLE unrouted (
  tenant int4 NOT NULL,
  event text COLLATE "C" NOT NULL,
  at int8 NOT NULL,
  found bool NOT NULL,
  threads text[] COLLATE "C" NOT NULL,
  sessions uuid[] NOT NULL,
  data text NOT NULL,
  PRIMARY KEY (tenant, event)
);
CREATE INDEX unrouted_threads ON unrouted USING gin (threads);
CREATE INDEX unrouted_found ON unrouted (tenant, event) WHERE found;
CREATE INDEX unrouted_at ON unrouted (tenant, at);
