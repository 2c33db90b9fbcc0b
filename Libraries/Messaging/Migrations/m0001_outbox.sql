-- What this service tells the others. {{app}} appends, {{relay}} publishes, nobody rewrites.

-- The last version handed out per stream. Its row is locked before an event row is numbered, so that for one key the order of
-- seq, of commit and of version are the same order.
create table outbox_stream (
    source text not null,
    topic text not null,
    key uuid not null,
    version bigint not null check (version > 0),
    primary key (source, topic, key)
);

create table outbox_event (
    -- No cache: a cached sequence hands a later version a lower number.
    seq bigint generated always as identity (cache 1) primary key,
    event_id uuid not null,
    source text not null,
    topic text not null,
    key uuid not null,
    version bigint not null check (version > 0),
    shard smallint not null check (shard >= 0),
    type text not null,
    dataschema text not null,
    event_time timestamptz not null,
    correlation_id uuid not null,
    causation_id uuid,
    traceparent text,
    created_at timestamptz not null default now(),
    -- Exactly the bytes that go out. At most 64 KiB, so that no row can be unpublishable.
    payload bytea not null check (octet_length(payload) <= 65536),
    constraint outbox_event_id_once unique (event_id),
    constraint outbox_event_version_once unique (source, topic, key, version)
);
-- Publishing a whole topic again after a broker forgot it.
create index outbox_event_by_topic on outbox_event (topic, seq);
alter table outbox_event alter column payload set storage external;

-- What still has to go out: inserted beside the event, deleted by exact number after the delivery report. `round` goes up when
-- an event is to be published again, so that a delete that was decided before cannot take the new request away.
create table outbox_pending (
    seq bigint not null,
    bytes integer not null,
    shard smallint not null,
    round smallint not null default 0,
    primary key (shard, seq)
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000, autovacuum_vacuum_cost_delay = 0
);

-- The last offset that the broker acknowledged, by relay loop so that loops never wait for each other.
create table relay_position (
    topic text not null,
    partition integer not null,
    loop smallint not null,
    cluster_id text not null,
    acknowledged_offset bigint not null check (acknowledged_offset >= 0),
    acknowledged_at timestamptz not null default now(),
    primary key (topic, partition, loop)
);

revoke all on outbox_stream, outbox_event, outbox_pending, relay_position from {{app}}, {{relay}};
grant select, insert, update on outbox_stream to {{app}};
grant select, insert on outbox_event to {{app}};
-- Update only for the round: `takeup replay` asks for events again as the application role.
grant select, insert, update (round) on outbox_pending to {{app}};
grant select on relay_position to {{app}};
grant select on outbox_event to {{relay}};
grant select, insert, update, delete on outbox_pending, relay_position to {{relay}};
