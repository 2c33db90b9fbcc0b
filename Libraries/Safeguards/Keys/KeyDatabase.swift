package import Postgres

/// The database of wrapped keys and of erasures, apart from all data and outside its back-ups.
///
/// | role | may |
/// |---|---|
/// | `takeup_keys_app` | read keys and add new ones: every service |
/// | `takeup_keys_keeper` | destroy keys, wrap them again, retire wrapping keys, add erasures |
///
/// Nobody can bring a destroyed key back, take an erasure away, or wrap by a key that was retired.
package enum KeyDatabase {
    /// The role of services.
    package static let appRole = "takeup_keys_app"
    /// The role that destroys and wraps again.
    package static let keeperRole = "takeup_keys_keeper"
    /// The SQLSTATE with which a key is refused that a retired key wrapped.
    static let retiredState = "TK001"

    /// Makes roles, schema and tables. Run as a superuser in the key database; running it again changes nothing.
    package static func provision(as superuser: PostgresConnection) async throws {
        try await superuser.execute(script: "begin")
        do {
            try await superuser.execute(script: roles)
            try await superuser.execute(script: tables)
            try await superuser.execute(script: "commit")
        } catch {
            // The connection may be gone, which rolls back too; the first error is the one worth telling.
            try? await superuser.execute(script: "rollback")
            throw error
        }
    }

    /// Roles belong to the whole server, where another database's first start may be making them at this moment.
    private static let roles = """
        do $roles$
        declare r text;
        begin
            perform pg_advisory_xact_lock(hashtextextended('takeup.keys', 0));
            foreach r in array array['takeup_keys_owner', '\(appRole)', '\(keeperRole)'] loop
                begin
                    if not exists (select from pg_roles where rolname = r) then
                        execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication', r);
                    end if;
                exception when duplicate_object or unique_violation then null;
                end;
            end loop;
        end
        $roles$;
        """

    private static let tables = """
        create schema if not exists keys authorization takeup_keys_owner;
        revoke all on schema keys from public;
        grant usage on schema keys to \(appRole), \(keeperRole);
        set local role takeup_keys_owner;
        -- A destroyed key leaves its row, so that none can be made again for that person.
        create table if not exists keys.person_key (
            person uuid primary key,
            wrapping_key_id text,
            wrapped bytea,
            made_at timestamptz not null default now(),
            destroyed_at timestamptz,
            check ((wrapped is null) = (destroyed_at is not null)),
            check ((wrapped is null) = (wrapping_key_id is null))
        );
        -- Each line signed and bound to the one before it; the file that is kept elsewhere has the same lines.
        create table if not exists keys.erasure (
            number bigint primary key check (number > 0),
            person uuid not null unique,
            line text not null check (length(line) <= 4000)
        );
        -- Wrapping keys that wrap nothing any more, also not for a process that has not heard of the new one yet.
        create table if not exists keys.retired_wrapping_key (
            id text primary key,
            retired_at timestamptz not null default now()
        );
        create or replace function keys.wrapped_by_a_key_in_use() returns trigger language plpgsql as $in_use$
        begin
            if exists (select from keys.retired_wrapping_key r where r.id = new.wrapping_key_id) then
                raise exception 'the wrapping key was retired' using errcode = '\(retiredState)';
            end if;
            return new;
        end
        $in_use$;
        create or replace trigger person_key_wrapped_by_a_key_in_use before insert or update on keys.person_key
            for each row execute function keys.wrapped_by_a_key_in_use();
        create or replace function keys.stays() returns trigger language plpgsql as $stays$
        begin
            if tg_table_name = 'person_key' and tg_op = 'UPDATE' then
                if old.destroyed_at is null then return new; end if;
            end if;
            raise exception 'what was destroyed stays destroyed' using errcode = 'restrict_violation';
        end
        $stays$;
        create or replace trigger person_key_stays before update or delete on keys.person_key
            for each row execute function keys.stays();
        create or replace trigger person_key_all_stay before truncate on keys.person_key execute function keys.stays();
        create or replace trigger erasure_stays before update or delete or truncate on keys.erasure
            execute function keys.stays();
        create or replace trigger retired_wrapping_key_stays
            before update or delete or truncate on keys.retired_wrapping_key execute function keys.stays();
        grant select, insert on keys.person_key to \(appRole);
        grant select on keys.retired_wrapping_key to \(appRole);
        grant select, insert on keys.retired_wrapping_key to \(keeperRole);
        grant select on keys.erasure to \(appRole);
        grant select, insert, update on keys.person_key to \(keeperRole);
        grant select, insert on keys.erasure to \(keeperRole);
        reset role;
        """
}
