-- What this service was told. Every table is by consumer, so that one service may read a topic for two purposes.

create table inbox_event (
    consumer text not null,
    source text not null,
    event_id uuid not null,
    topic text not null,
    partition integer not null,
    "offset" bigint not null,
    received_at timestamptz not null default now(),
    primary key (consumer, source, event_id)
);

-- The last version applied per stream. Zero: known, nothing applied yet.
create table aggregate_cursor (
    consumer text not null,
    source text not null,
    topic text not null,
    key uuid not null,
    version bigint not null check (version >= 0),
    -- What the version was before it was moved last: a move from any other version is not made.
    moved_from bigint,
    primary key (consumer, source, topic, key)
) with (fillfactor = 80);

-- Events that came before an earlier one of their key was applied. Applied by themselves when the gap closes.
create table parked_event (
    consumer text not null,
    source text not null,
    topic text not null,
    key uuid not null,
    version bigint not null check (version > 0),
    event_id uuid not null,
    partition integer not null,
    "offset" bigint not null,
    headers bytea not null,
    payload bytea not null,
    -- Somebody decided that it will never be applied: passed over when its turn comes.
    discarded boolean not null default false,
    parked_at timestamptz not null default now(),
    primary key (consumer, source, topic, key, version)
);
create index parked_event_by_age on parked_event (consumer, parked_at);

create table dead_letter (
    id bigint generated always as identity primary key,
    consumer text not null,
    topic text not null,
    partition integer not null,
    "offset" bigint not null,
    -- Null where the message had no readable envelope.
    source text,
    event_id uuid,
    event_type text,
    key uuid,
    version bigint,
    reason text not null check (reason in (
        'no-envelope', 'unknown-type', 'oversize', 'undecodable', 'rejected', 'failed', 'crash-loop')),
    -- A short label without data values.
    error text not null,
    record_key bytea,
    headers bytea not null,
    payload bytea,
    -- What arrived, kept when somebody corrects it.
    original_headers bytea,
    original_payload bytea,
    died_at timestamptz not null default now(),
    attempts integer not null default 1,
    state text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
    fixed_by text,
    fixed_why text,
    fixed_at timestamptz,
    settled_by text,
    settled_why text,
    settled_at timestamptz,
    check ((fixed_at is null) = (fixed_by is null) and (fixed_at is null) = (fixed_why is null)),
    check ((state = 'open') = (settled_at is null) and (state = 'open') = (settled_by is null)),
    check (state <> 'discarded' or settled_why is not null)
);
create index dead_letter_open on dead_letter (consumer, id) where state = 'open';
create index dead_letter_by_event on dead_letter (consumer, source, event_id) where event_id is not null;
-- A message without an identity has no inbox row: its place and its bytes say whether it was seen.
create unique index dead_letter_unreadable_once
    on dead_letter (consumer, topic, partition, "offset", md5(headers), md5(coalesce(original_payload, payload, '')))
    where event_id is null;

-- Work that was begun: a row is here while a batch is worked on and stays when the process died in it. Written without waiting
-- for the disk: it has to outlive the process, not the database.
create table consumer_attempt (
    consumer text not null,
    topic text not null,
    partition integer not null,
    "offset" bigint not null,
    attempts integer not null check (attempts > 0),
    first_at timestamptz not null default now(),
    primary key (consumer, topic, partition, "offset")
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

revoke all on inbox_event, aggregate_cursor, parked_event, dead_letter, consumer_attempt from {{app}}, {{relay}};
-- An inbox row is what makes an effect happen once: the application can add one and never take one away.
grant select, insert on inbox_event to {{app}};
grant select, insert, update on aggregate_cursor to {{app}};
grant select, insert, delete on parked_event to {{app}};
-- A dead letter is settled, never deleted.
grant select, insert, update on dead_letter to {{app}};
grant select, insert, update, delete on consumer_attempt to {{app}};
