-- Times are nanoseconds since 1970. Texts under `data` are JSON; what the columns beside it say goes
-- before what it says.

-- The next numbers. They are never used twice.
CREATE TABLE numbers (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  job INTEGER NOT NULL,
  session INTEGER NOT NULL,
  token INTEGER NOT NULL
);
INSERT INTO numbers VALUES (1, 1, 1, 1);

CREATE TABLE tenants (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

-- `threads` is a JSON list of every text under which `threads` holds the session.
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  version INTEGER NOT NULL,
  created INTEGER NOT NULL,
  ended INTEGER,
  wake INTEGER,
  case_id BLOB,
  threads TEXT NOT NULL,
  data TEXT NOT NULL
);
CREATE UNIQUE INDEX sessions_id ON sessions (tenant, id);
CREATE INDEX sessions_created ON sessions (tenant, created);
CREATE INDEX sessions_open ON sessions (tenant, created) WHERE ended IS NULL;
CREATE INDEX sessions_ended ON sessions (tenant, ended) WHERE ended IS NOT NULL;
CREATE INDEX sessions_wake ON sessions (tenant, wake) WHERE wake IS NOT NULL;

-- `kind`: 1 a name it was given, 2 where its replies go.
CREATE TABLE threads (
  tenant INTEGER NOT NULL,
  thread TEXT NOT NULL,
  open INTEGER NOT NULL,
  created INTEGER NOT NULL,
  id BLOB NOT NULL,
  session INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  PRIMARY KEY (tenant, thread, open, created, id)
) WITHOUT ROWID;

-- `sessions`: how many share it.
CREATE TABLE cases (
  tenant INTEGER NOT NULL,
  id BLOB NOT NULL,
  version INTEGER NOT NULL,
  sessions INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE messages (
  tenant INTEGER NOT NULL,
  session INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (tenant, session, seq)
) WITHOUT ROWID;

-- `kinds`: 1 seen, 2 a row of ours; with `session` and `seq`, the message it became.
CREATE TABLE marks (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  kinds INTEGER NOT NULL,
  session INTEGER,
  seq INTEGER,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

-- `state`: 0 waiting, 1 claimed, 2 parked, 3 uncertain (then out of its lane).
-- The head of a lane has a `due` time unless it is parked: when it may be claimed. A claim raises
-- `ready` once that time has come, so that it finds the most urgent head without a search.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  session INTEGER,
  lane TEXT,
  destination TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state INTEGER NOT NULL,
  head INTEGER NOT NULL,
  ready INTEGER NOT NULL,
  due INTEGER,
  not_before INTEGER NOT NULL,
  token INTEGER,
  lease_until INTEGER,
  attempts INTEGER NOT NULL,
  first_at INTEGER,
  tried INTEGER NOT NULL,
  last_at INTEGER,
  reason TEXT,
  data TEXT NOT NULL
);
CREATE INDEX jobs_lane ON jobs (tenant, lane, id) WHERE lane IS NOT NULL;
CREATE INDEX jobs_ready ON jobs (tenant, destination, priority, id) WHERE ready = 1;
CREATE INDEX jobs_due ON jobs (tenant, ready, due) WHERE due IS NOT NULL;
CREATE INDEX jobs_token ON jobs (token) WHERE token IS NOT NULL;
CREATE INDEX jobs_session ON jobs (session) WHERE session IS NOT NULL;
CREATE INDEX jobs_held ON jobs (tenant, state, id) WHERE state >= 2;
CREATE INDEX jobs_failing ON jobs (tenant, id) WHERE reason IS NOT NULL AND state < 2;

CREATE TABLE cursors (
  tenant INTEGER NOT NULL,
  source TEXT NOT NULL,
  cursor TEXT NOT NULL,
  PRIMARY KEY (tenant, source)
) WITHOUT ROWID;

-- `until` is NULL for a pause that a person ends.
CREATE TABLE pauses (
  tenant INTEGER NOT NULL,
  account TEXT NOT NULL,
  until INTEGER,
  reason TEXT NOT NULL,
  PRIMARY KEY (tenant, account)
) WITHOUT ROWID;

-- `whole`: when the budget would be whole again, had nothing more been claimed.
CREATE TABLE budgets (
  tenant INTEGER NOT NULL,
  account TEXT NOT NULL,
  whole INTEGER NOT NULL,
  PRIMARY KEY (tenant, account)
) WITHOUT ROWID;

CREATE TABLE consents (
  tenant INTEGER NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  allowed INTEGER NOT NULL,
  at INTEGER NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (tenant, channel, address)
) WITHOUT ROWID;

-- `sessions`: how many are of the contact under this identity.
CREATE TABLE contacts (
  tenant INTEGER NOT NULL,
  scheme TEXT NOT NULL,
  value TEXT NOT NULL,
  contact BLOB NOT NULL,
  sessions INTEGER NOT NULL,
  PRIMARY KEY (tenant, scheme, value, contact)
) WITHOUT ROWID;

-- `found`: a session has been found on one of its threads since.
CREATE TABLE unrouted (
  tenant INTEGER NOT NULL,
  event TEXT NOT NULL,
  at INTEGER NOT NULL,
  found INTEGER NOT NULL,
  threads TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (tenant, event)
) WITHOUT ROWID;
CREATE INDEX unrouted_found ON unrouted (tenant, event) WHERE found = 1;
CREATE INDEX unrouted_at ON unrouted (tenant, at);

CREATE TABLE unrouted_threads (
  tenant INTEGER NOT NULL,
  thread TEXT NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (tenant, thread, event)
) WITHOUT ROWID;
