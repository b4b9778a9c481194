-- Who may sign in, who is signed in, what was done.

create table users (
  -- The sign-in name, lower case; stands in calls, work orders and the audit as the person's id.
  id text primary key check (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  name text not null,
  password_hash text not null,
  roles text[] not null check (
    cardinality(roles) > 0 and
    roles <@ array['agent', 'leader', 'dispatcher', 'callback', 'quality', 'supervision', 'department', 'admin']
  ),
  area_code text not null,
  unit_id text not null,
  created_at timestamptz not null,
  password_changed_at timestamptz not null,
  disabled_at timestamptz
);

create table sessions (
  -- SHA-256 of the token in the cookie: the table alone signs nobody in.
  token_hash text primary key,
  user_id text not null references users on delete cascade,
  created_at timestamptz not null,
  seen_at timestamptz not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_time on sessions (seen_at);

create table sign_in_failures (
  -- user:NAME or address:IP
  subject text primary key,
  failures integer not null,
  first_at timestamptz not null,
  locked_until timestamptz
);

create table audit_log (
  id uuid primary key,
  at timestamptz not null,
  actor_id text not null,
  action text not null,
  -- What it was done to: kind:id.
  subject text not null,
  detail jsonb not null default '{}',
  address text not null,
  area_code text not null,
  unit_id text not null
);
create index audit_log_by_actor on audit_log (actor_id, id desc);
create index audit_log_by_subject on audit_log (subject, id desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger audit_log_is_append_only before update or delete on audit_log
  for each row execute function refuse_change();
create trigger audit_log_is_not_emptied before truncate on audit_log
  for each statement execute function refuse_change();

create table departments (
  id text primary key,
  name text not null,
  area_code text not null,
  -- Same as id for a unit of its own; the unit that a branch belongs to.
  unit_id text not null,
  created_at timestamptz not null
);

-- What was done once for this installation, e.g. sample data.
create table installation (
  key text primary key,
  at timestamptz not null
);
