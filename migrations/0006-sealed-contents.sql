-- What citizens say is sealed like who they are; and nobody changes what the audit says, not even while triggers are off.

alter table work_orders rename column title to title_sealed;
alter table work_orders rename column content to content_sealed;
alter table work_orders rename column wished_outcome to wished_outcome_sealed;
alter table work_orders rename column event_time to event_time_sealed;
alter table work_orders rename column answer to answer_sealed;
-- The number that caller_hash is of: without it the hash could not be made anew under another key.
alter table work_orders add column caller_sealed text not null default '';

-- SQL has no keys: clear texts are marked, and the server seals them when it starts.
create function mark_clear(clear text) returns text language sql immutable strict as $$
  select case when clear = '' then '' else
    'clear.none.' || translate(encode(convert_to(clear, 'UTF8'), 'base64'), '+/=' || chr(10), '-_') end
$$;
update work_orders set
  title_sealed = mark_clear(title_sealed),
  content_sealed = mark_clear(content_sealed),
  wished_outcome_sealed = mark_clear(wished_outcome_sealed),
  event_time_sealed = mark_clear(event_time_sealed),
  answer_sealed = mark_clear(answer_sealed);
drop function mark_clear;

-- How far the sealing under other keys has come, so that it goes on there after a restart.
create table key_rotation (
  table_name text primary key,
  -- What sealed texts and hashes of the goal begin with.
  goal text not null,
  -- The last row that was looked at; null at the beginning of a pass.
  position text,
  looked_at bigint not null default 0,
  changed bigint not null default 0,
  -- Rows that this pass has changed or could not change; a pass without any proves that all is under the goal.
  changed_in_pass bigint not null default 0,
  unreadable_in_pass bigint not null default 0,
  done_at timestamptz,
  updated_at timestamptz not null,
  area_code text not null,
  unit_id text not null
);

alter table audit_log enable always trigger audit_log_is_append_only;
alter table audit_log enable always trigger audit_log_is_not_emptied;
