-- What the administrator keeps: versions against overwriting each other, disabling instead of deleting, queue settings,
-- the departments' duty lines.

alter table users
  add column version integer not null default 1,
  -- The password was given by somebody else: it opens nothing but the change of the password.
  add column must_change_password boolean not null default false,
  add column disabled_because text;

alter table skill_groups
  add column version integer not null default 1,
  -- Added to the priority that the flow gives to a caller.
  add column priority smallint not null default 0 check (priority between 0 and 4),
  -- Null: as the whole hotline has it.
  add column queue_limit integer check (queue_limit between 1 and 100000),
  add column wrap_up_seconds integer check (wrap_up_seconds between 0 and 3600),
  -- Answered within so many seconds counts as in time.
  add column service_level_seconds integer not null default 15 check (service_level_seconds between 1 and 3600),
  add column disabled_at timestamptz;

alter table reason_codes
  add column version integer not null default 1,
  add column disabled_at timestamptz;

alter table departments
  add column version integer not null default 1,
  add column disabled_at timestamptz;

-- Whom to call in a department, and when. Names and numbers are sealed.
create table department_contacts (
  id uuid primary key,
  department_id text not null references departments,
  kind text not null check (kind in ('duty', 'contact')),
  name_sealed text not null,
  phone_sealed text not null,
  days text not null check (days in ('all', 'workdays')),
  from_time text not null check (from_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  to_time text not null check (to_time ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'),
  position integer not null,
  area_code text not null,
  unit_id text not null
);
create index department_contacts_by_department on department_contacts (department_id, position);

create index audit_log_by_action on audit_log (action, id desc);

-- The skill groups of the shipped flow, so that a fresh hotline can give its agents skills.
insert into skill_groups (id, name, position, area_code, unit_id) values
  ('general', '综合受理', 0, '000000', 'hotline'),
  ('consult', '咨询', 1, '000000', 'hotline'),
  ('complaint', '投诉举报建议', 2, '000000', 'hotline'),
  ('help', '求助', 3, '000000', 'hotline'),
  ('progress', '进度查询', 4, '000000', 'hotline'),
  ('enterprise', '企业服务', 5, '000000', 'hotline'),
  ('minority', '少数民族语言', 6, '000000', 'hotline'),
  ('english', 'English', 7, '000000', 'hotline')
  on conflict do nothing;
