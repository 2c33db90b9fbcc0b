-- What audit_append() did entry by entry it does in two statements, however many entries there are. What is stored is the same, byte
-- for byte.

-- As stable as convert_to(), so that PostgreSQL writes it into the statements that use it instead of calling it.
alter function audit_text(text) stable;

create function audit_people(value uuid[]) returns bytea language sql immutable as $$
    select int4send(cardinality(value))
        || coalesce(string_agg(uuid_send(p), ''::bytea order by n), ''::bytea)
    from unnest(value) with ordinality as u (p, n)
$$;

-- The bytes that an entry's hash covers beside the hash before it.
create function audit_body(
    service text, kind text, stream uuid, number bigint, id uuid, at timestamptz, actor text, action text, purpose text, record text,
    people uuid[], before bytea, after bytea
) returns bytea language sql stable as $$
    select audit_text('takeup.audit.1') || audit_text(service) || audit_text(kind) || uuid_send(stream) || int8send(number)
        || uuid_send(id) || timestamptz_send(at) || audit_text(actor) || audit_text(action) || audit_text(purpose)
        || audit_text(record) || case when people = '{}' then int4send(0) else audit_people(people) end
        || audit_bytes(before) || audit_bytes(after)
$$;

drop function audit_hash(bytea, text, audit_entry);

create function audit_link(before_it bytea, head bytea, body bytea) returns bytea language sql immutable as
$$ select sha256(coalesce(before_it, head) || body) $$;

-- The hash of each entry in turn, the first bound to the stream's head.
create aggregate audit_chain(head bytea, body bytea) (sfunc = audit_link, stype = bytea);

create or replace function audit_append(
    p_kinds text[], p_streams uuid[], p_ids uuid[], p_times timestamptz[], p_actions text[], p_purposes text[],
    p_records text[], p_before bytea[], p_after bytea[], p_people uuid[], p_shown_by integer[]
) returns void language plpgsql security definer as $$
declare
    v_actor text := current_setting('takeup.actor', true);
    v_service text := current_schema();
begin
    if coalesce(v_actor, '') = '' then
        raise exception 'nobody acts in this transaction' using errcode = 'insufficient_privilege';
    end if;
    -- Locks the heads in one order, those that are there without changing them.
    insert into audit_head as h (kind, stream, number, hash)
    select kind, stream, 0, decode(repeat('00', 32), 'hex')
    from unnest(p_kinds, p_streams) as n (kind, stream) group by kind, stream order by kind, stream
    on conflict (kind, stream) do update set number = h.number where false;

    with shown as (
        select by, array_agg(person order by n) as people
        from unnest(p_people, p_shown_by) with ordinality as s (person, by, n) group by by
    ), numbered as (
        select n.*, h.hash as head, h.number + row_number() over (partition by n.kind, n.stream order by n.place) as number,
            coalesce(s.people, '{}') as people, nullif(n.before_it, ''::bytea) as before, nullif(n.after_it, ''::bytea) as after
        from unnest(p_kinds, p_streams, p_ids, p_times, p_actions, p_purposes, p_records, p_before, p_after)
            with ordinality as n (kind, stream, id, at, action, purpose, record, before_it, after_it, place)
        join audit_head h on h.kind = n.kind and h.stream = n.stream
        left join shown s on s.by = n.place
    ), stored as (
        insert into audit_entry
            (kind, stream, number, id, at, actor, action, purpose, record, people, before, after, hash)
        select kind, stream, number, id, at, v_actor, action, purpose, record, people, before, after,
            audit_chain(head, audit_body(
                v_service, kind, stream, number, id, at, v_actor, action, purpose, record, people, before, after))
                over (partition by kind, stream order by number)
        from numbered
        returning kind, stream, number, hash
    )
    update audit_head h set number = s.number, hash = s.hash
    from (select distinct on (kind, stream) * from stored order by kind, stream, number desc) s
    where h.kind = s.kind and h.stream = s.stream;
end
$$;

-- It was replaced, which lets go of its search path. Its plans are made once for a session, because planning costs more than running
-- them; and since that may be while the tables are empty, heads are found by their index and nothing else.
do $$
begin
    execute format('alter function audit_append set search_path = %I, pg_catalog, pg_temp', current_schema());
end
$$;
alter function audit_append set plan_cache_mode = force_generic_plan;
alter function audit_append set enable_seqscan = off;
alter function audit_append set enable_hashjoin = off;
alter function audit_append set enable_mergejoin = off;
