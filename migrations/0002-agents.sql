-- Agents: what they can do, what they did.

create table skill_groups (
  id text primary key check (id ~ '^[a-z0-9-]{1,40}$'),
  name text not null,
  position integer not null,
  area_code text not null,
  unit_id text not null
);

create table agent_skills (
  agent_id text not null references users on delete cascade,
  group_id text not null references skill_groups on delete cascade,
  -- 1 is best.
  level smallint not null check (level between 1 and 9),
  primary key (agent_id, group_id)
);

create table reason_codes (
  code text primary key check (code ~ '^[a-z0-9-]{1,40}$'),
  name text not null,
  position integer not null,
  -- Set by the server, not chosen by people.
  by_server boolean not null default false,
  area_code text not null,
  unit_id text not null
);

-- Facts from the journal: no foreign keys, a fact is never refused.
create table agent_events (
  agent_id text not null,
  seq bigint not null,
  at timestamptz not null,
  state text not null,
  reason text,
  call_id uuid,
  until timestamptz,
  area_code text not null,
  unit_id text not null,
  -- With the time, so that an agent whose count began anew while the database was away loses nothing.
  primary key (agent_id, seq, at)
);
create index agent_events_by_time on agent_events (agent_id, at desc);

create table agent_states (
  agent_id text primary key,
  seq bigint not null,
  at timestamptz not null,
  state text not null,
  reason text,
  call_id uuid,
  until timestamptz,
  area_code text not null,
  unit_id text not null
);
