-- From here on what is about a person is sealed under the person's key. SQL has no keys, so it cannot seal what an earlier
-- version stored in the clear: such a database is refused.
do $$
begin
    if exists (select from person) or exists (select from submission) then
        raise exception 'there are people in the clear here, from before their data was sealed: begin with a new database';
    end if;
end $$;

alter table person
    drop column nhs_number, drop column family_name, drop column given_names, drop column born_on, drop column gender,
    drop column postcode,
    add column nhs_number sealed_value,
    -- By which a number is found again: HMAC-SHA-256 under a secret that is in no database.
    add column nhs_number_hash bytea unique check (octet_length(nhs_number_hash) = 32),
    add column family_name sealed_value not null,
    add column given_names sealed_value not null,
    add column born_on sealed_value,
    add column gender sealed_value not null,
    add column postcode sealed_value,
    add check ((nhs_number is null) = (nhs_number_hash is null));

-- A message is sealed under the key of the person it is about, or of its receipt where nobody can be told.
alter table submission
    drop column input, drop column input_sha256,
    add column input_sha256 text not null check (input_sha256 ~ '^[0-9a-f]{64}$'),
    add column input sealed_value not null,
    add column sealed_for uuid not null;
