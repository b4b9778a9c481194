-- Recordings of calls: the sound lies in sealed files, its key here, sealed like all that is said of citizens.

create table recordings (
  call_id uuid primary key,
  started_at timestamptz not null,
  duration_ms integer not null check (duration_ms >= 0),
  -- Path below the folder of recordings; null once the sound is deleted.
  file text,
  file_bytes bigint not null,
  -- SHA-256 of the file as it lies on disk, in hex.
  file_hash text not null,
  key_sealed text,
  -- Loudest sample of each stretch, one byte a stretch in base64, for drawing.
  peaks_citizen text not null,
  peaks_others text not null,
  deleted_at timestamptz,
  deleted_why text check (deleted_why in ('retention')),
  area_code text not null,
  unit_id text not null,
  check ((file is null) = (deleted_at is not null)),
  check ((key_sealed is null) = (deleted_at is not null))
);

-- What is to be deleted next.
create index recordings_kept_since on recordings (started_at) where deleted_at is null;
