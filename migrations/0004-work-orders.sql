-- Work orders (工单) and their drafts. Names, numbers and places are sealed.

create sequence work_order_number maxvalue 999999 cycle;

create table work_orders (
  id uuid primary key,
  -- YYMMDDhhmmss in the hotline's zone and six digits.
  number text not null unique,
  query_code text not null,
  area_code text not null,
  unit_id text not null,
  -- The unit that handles it (主办), once it is dispatched.
  lead_unit_id text,
  state text not null,
  call_id uuid,
  created_by text not null,
  created_at timestamptz not null,
  closed_at timestamptz,
  -- Who called: the number of the call, or the contact where there was no call.
  caller_hash text,
  type text not null check (type in ('CX', 'QZ', 'TS', 'JB', 'JY', 'YJ', 'BY')),
  subject text not null,
  urgency text not null check (urgency in ('normal', 'urgent', 'critical')),
  title text not null,
  content text not null,
  wished_outcome text not null,
  caller_name_sealed text not null,
  caller_sex text not null,
  caller_kind text not null,
  contact_sealed text not null,
  contact_hash text,
  anonymous boolean not null,
  confidential boolean not null,
  event_time text not null,
  address_sealed text not null,
  answer text not null
);
create index work_orders_open_of_caller on work_orders (caller_hash, id desc) where closed_at is null;
create index work_orders_closed_of_caller on work_orders (caller_hash, id desc) where closed_at is not null;
create index work_orders_by_author on work_orders (created_by, id desc);
create index work_orders_by_unit on work_orders (unit_id, id desc);
create index work_orders_by_lead_unit on work_orders (lead_unit_id, id desc);
create index work_orders_by_call on work_orders (call_id);

create table work_order_drafts (
  id uuid primary key,
  owner_id text not null,
  call_id uuid,
  version integer not null,
  saved_at timestamptz not null,
  form_sealed text not null,
  area_code text not null,
  unit_id text not null
);
create index work_order_drafts_by_owner on work_order_drafts (owner_id, saved_at desc);

-- A command that was carried out once under a key that its sender chose.
create table idempotency_keys (
  actor_id text not null,
  command text not null,
  key text not null,
  request_digest text not null,
  result_id text not null,
  created_at timestamptz not null,
  primary key (actor_id, command, key)
);
create index idempotency_keys_by_time on idempotency_keys (created_at);
