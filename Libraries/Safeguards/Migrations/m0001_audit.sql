-- Who did and who saw what. A stream is one person, as this service knows them, or one actor where an entry is about several
-- people or none. Within a stream every entry is bound to the one before it by SHA-256 over the bytes that are stored.
--
-- Nobody writes here but audit_append() and audit_seal_append(), which run as {{owner}}. Even the owner cannot change an entry
-- while the triggers stand.

create table audit_entry (
    kind text not null check (kind in ('person', 'actor')),
    stream uuid not null,
    -- 1, 2, 3 ... within the stream, without gaps.
    number bigint not null check (number > 0),
    id uuid not null constraint audit_entry_id_once unique,
    at timestamptz not null,
    actor text not null check (actor <> '' and length(actor) <= 100),
    action text not null check (action <> '' and length(action) <= 100),
    purpose text not null check (purpose <> '' and length(purpose) <= 100),
    -- What it was done to, for example "referral 0197...".
    record text not null check (length(record) <= 200),
    -- Whom an entry of an actor's stream showed or touched.
    people uuid[] not null,
    -- Sealed under the person's key.
    before bytea,
    after bytea,
    hash bytea not null check (octet_length(hash) = 32),
    primary key (kind, stream, number)
);
create index audit_entry_by_people on audit_entry using gin (people) where people <> '{}';

-- The last entry of each stream. Its row is locked before an entry is numbered.
create table audit_head (
    kind text not null,
    stream uuid not null,
    number bigint not null check (number >= 0),
    hash bytea not null check (octet_length(hash) = 32),
    -- The last number that a seal vouches for.
    sealed bigint not null default 0 check (sealed between 0 and number),
    primary key (kind, stream)
) with (fillfactor = 80);
create index audit_head_unsealed on audit_head (kind, stream) where number > sealed;

-- A seal vouches for the heads of the streams that went on since the seal before it, and for that seal.
create table audit_seal (
    number bigint primary key check (number > 0),
    sealed_at timestamptz not null,
    heads integer not null check (heads > 0),
    heads_digest bytea not null check (octet_length(heads_digest) = 32),
    hash bytea not null check (octet_length(hash) = 32),
    key_id text not null check (key_id <> '' and length(key_id) <= 100),
    signature bytea not null
);

create table audit_sealed_head (
    seal bigint not null references audit_seal,
    kind text not null,
    stream uuid not null,
    number bigint not null check (number > 0),
    hash bytea not null check (octet_length(hash) = 32),
    primary key (kind, stream, number)
);
create index audit_sealed_head_by_seal on audit_sealed_head (seal, kind, stream);

create function audit_stays() returns trigger language plpgsql as $$
begin
    raise exception 'what was audited stays as it is' using errcode = 'restrict_violation';
end
$$;
create trigger audit_entry_stays before update or delete or truncate on audit_entry execute function audit_stays();
create trigger audit_seal_stays before update or delete or truncate on audit_seal execute function audit_stays();
create trigger audit_sealed_head_stays before update or delete or truncate on audit_sealed_head execute function audit_stays();

-- A text with its length before it, so that no two lists of texts have the same bytes.
create function audit_text(value text) returns bytea language sql immutable as
$$ select int4send(octet_length(convert_to(value, 'UTF8'))) || convert_to(value, 'UTF8') $$;

create function audit_bytes(value bytea) returns bytea language sql immutable as
$$ select case when value is null then int4send(-1) else int4send(octet_length(value)) || value end $$;

create function audit_hash(previous bytea, service text, entry audit_entry) returns bytea language sql immutable as $$
    select sha256(
        previous || audit_text('takeup.audit.1') || audit_text(service) || audit_text(entry.kind) || uuid_send(entry.stream)
        || int8send(entry.number) || uuid_send(entry.id) || timestamptz_send(entry.at) || audit_text(entry.actor)
        || audit_text(entry.action) || audit_text(entry.purpose) || audit_text(entry.record)
        || int4send(cardinality(entry.people))
        || coalesce((select string_agg(uuid_send(p), ''::bytea order by n)
                     from unnest(entry.people) with ordinality as u (p, n)), ''::bytea)
        || audit_bytes(entry.before) || audit_bytes(entry.after))
$$;

-- Adds entries to their streams, whose heads are locked in one order until the transaction ends. The actor is whoever acts in
-- the transaction; without one nothing is added. Of p_people each belongs to the entry whose place (from 1) p_shown_by gives.
-- An empty p_before or p_after means none.
create function audit_append(
    p_kinds text[], p_streams uuid[], p_ids uuid[], p_times timestamptz[], p_actions text[], p_purposes text[],
    p_records text[], p_before bytea[], p_after bytea[], p_people uuid[], p_shown_by integer[]
) returns void language plpgsql security definer as $$
declare
    v_actor text := current_setting('takeup.actor', true);
    v_new record;
    v_head audit_head;
    v_entry audit_entry;
begin
    if coalesce(v_actor, '') = '' then
        raise exception 'nobody acts in this transaction' using errcode = 'insufficient_privilege';
    end if;
    for v_new in
        select * from unnest(p_kinds, p_streams, p_ids, p_times, p_actions, p_purposes, p_records, p_before, p_after)
            with ordinality as n (kind, stream, id, at, action, purpose, record, before, after, place)
        order by kind, stream, place
    loop
        loop
            select * into v_head from audit_head h where h.kind = v_new.kind and h.stream = v_new.stream for update;
            exit when found;
            insert into audit_head (kind, stream, number, hash)
            values (v_new.kind, v_new.stream, 0, decode(repeat('00', 32), 'hex')) on conflict do nothing;
        end loop;
        v_entry := (
            v_new.kind, v_new.stream, v_head.number + 1, v_new.id, v_new.at, v_actor, v_new.action, v_new.purpose,
            v_new.record,
            array(select p from unnest(p_people, p_shown_by) with ordinality as s (p, by, n)
                  where s.by = v_new.place order by s.n),
            nullif(v_new.before, ''::bytea), nullif(v_new.after, ''::bytea), null);
        v_entry.hash := audit_hash(v_head.hash, current_schema(), v_entry);
        insert into audit_entry select v_entry.*;
        update audit_head h set number = v_entry.number, hash = v_entry.hash
        where h.kind = v_entry.kind and h.stream = v_entry.stream;
    end loop;
end
$$;

-- Stores a seal whose signature was made outside. The heads are those that the caller read and signed; each must be there.
create function audit_seal_append(
    p_number bigint, p_sealed_at timestamptz, p_heads_digest bytea, p_hash bytea, p_key_id text, p_signature bytea,
    p_kinds text[], p_streams uuid[], p_numbers bigint[], p_hashes bytea[]
) returns void language plpgsql security definer as $$
declare
    v_known integer;
begin
    insert into audit_seal (number, sealed_at, heads, heads_digest, hash, key_id, signature)
    values (p_number, p_sealed_at, cardinality(p_streams), p_heads_digest, p_hash, p_key_id, p_signature);
    insert into audit_sealed_head (seal, kind, stream, number, hash)
    select p_number, e.kind, e.stream, e.number, e.hash
    from unnest(p_kinds, p_streams, p_numbers, p_hashes) as s (kind, stream, number, hash)
    join audit_entry e on (e.kind, e.stream, e.number, e.hash) = (s.kind, s.stream, s.number, s.hash);
    get diagnostics v_known = row_count;
    if v_known <> cardinality(p_streams) then
        raise exception 'a seal names a head that is not there' using errcode = 'integrity_constraint_violation';
    end if;
    update audit_head h set sealed = s.number
    from unnest(p_kinds, p_streams, p_numbers) as s (kind, stream, number)
    where h.kind = s.kind and h.stream = s.stream and h.sealed < s.number;
end
$$;

-- Those functions find this schema's tables and nobody else's: a temporary table comes last.
do $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure from pg_proc p
        where p.pronamespace = current_schema()::regnamespace and p.proname in ('audit_append', 'audit_seal_append')
    loop
        execute format('alter function %s set search_path = %I, pg_catalog, pg_temp', v_function, current_schema());
    end loop;
end
$$;

revoke all on audit_entry, audit_head, audit_seal, audit_sealed_head from {{app}}, {{relay}};
grant select on audit_entry, audit_head, audit_seal, audit_sealed_head to {{app}};
-- Both write; who only reads may call neither.
revoke execute on function audit_append, audit_seal_append from {{reader}};
