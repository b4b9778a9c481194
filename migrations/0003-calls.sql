-- Calls and their events, partitioned by month. A call's id (UUIDv7) carries its time, so that a partition is a range of ids
-- and (call_id, seq) can be unique over the whole.

create table calls (
  id uuid not null,
  area_code text not null,
  unit_id text not null,
  started_at timestamptz not null,
  ani_sealed text,
  -- Keyed hash of the normalised number; null when withheld.
  ani_hash text,
  dnis text,
  trunk text,
  citizen_leg_id text,
  flow text,
  flow_version text,
  choices text[],
  skill_group text,
  queued_at timestamptz,
  wait_ms integer,
  agent_id text,
  answered_at timestamptz,
  talk_ms integer,
  ended_at timestamptz,
  outcome text,
  ended_by text,
  primary key (id)
) partition by range (id);
create index calls_by_number on calls (ani_hash, id desc);
create index calls_by_agent on calls (agent_id, id desc);
create index calls_by_outcome on calls (outcome, id desc);
create index calls_by_group on calls (skill_group, id desc);
create index calls_open on calls (citizen_leg_id) where ended_at is null;
create table calls_default partition of calls default;

create table call_events (
  call_id uuid not null,
  seq integer not null,
  at timestamptz not null,
  type text not null,
  data jsonb not null,
  -- Columns of the call that became known with this event; the number is left out.
  facts jsonb not null,
  area_code text not null,
  unit_id text not null,
  primary key (call_id, seq)
) partition by range (call_id);
create table call_events_default partition of call_events default;

-- Smallest id of a moment (UUIDv7: 48 bits of milliseconds first).
create function uuid_bound(moment timestamptz) returns uuid language sql immutable strict as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Makes the partition of one month (UTC) of one table. Rows that fell into the default partition meanwhile move over.
create function ensure_partition(parent text, key text, month timestamptz) returns void language plpgsql as $$
declare
  first timestamptz := date_trunc('month', month, 'UTC');
  low uuid := uuid_bound(first);
  high uuid := uuid_bound(date_trunc('month', first + interval '40 days', 'UTC'));
  part text := parent || '_' || to_char(first at time zone 'UTC', 'YYYYMM');
begin
  if to_regclass(part) is not null then return; end if;
  execute format('lock table %I in share row exclusive mode', parent || '_default');
  execute format('create table %I (like %I including all)', part, parent);
  execute format('with moved as (delete from %I where %I >= %L and %I < %L returning *) insert into %I select * from moved',
    parent || '_default', key, low, key, high, part);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part, low, high);
end $$;

-- Makes the partitions of `months` months from `month` on, for calls and events.
create function ensure_partitions(month timestamptz, months integer) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('ensure_partitions'));
  for ahead in 0 .. months - 1 loop
    perform ensure_partition('calls', 'id', date_trunc('month', month, 'UTC') + make_interval(months => ahead));
    perform ensure_partition('call_events', 'call_id', date_trunc('month', month, 'UTC') + make_interval(months => ahead));
  end loop;
end $$;
