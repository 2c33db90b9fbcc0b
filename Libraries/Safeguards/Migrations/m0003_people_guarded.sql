-- Row-level security for a table about people: the application role finds and stores rows only in a transaction that says who acts,
-- so that a forgotten actor shows nobody; {{auditor}} reads all of it; the owner and the reader find nothing. PostgreSQL asks the
-- question once for each statement because it stands in a subquery.
create function guard_people(guarded regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', guarded);
    execute format('alter table %s force row level security', guarded);
    execute format(
        'create policy somebody_acts on %1$s to {{app}}
            using ((select coalesce(current_setting(''takeup.actor'', true), '''')) <> '''')
            with check ((select coalesce(current_setting(''takeup.actor'', true), '''')) <> '''')', guarded);
    execute format('create policy auditor_reads on %s for select to {{auditor}} using (true)', guarded);
end
$$;
revoke execute on function guard_people from {{app}}, {{reader}};
