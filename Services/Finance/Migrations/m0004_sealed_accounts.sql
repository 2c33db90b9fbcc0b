-- From here on bank details are sealed under the person's key, and a bank file, which is about many people, under a key of its
-- run. SQL has no keys, so it cannot seal what an earlier version stored in the clear: such a database is refused.
do $$
begin
    if exists (select from payee) or exists (select from bank_file) then
        raise exception 'there are bank details in the clear here, from before they were sealed: begin with a new database';
    end if;
end $$;

alter table payee
    drop column account_name, drop column sort_code, drop column account_number,
    add column account_name sealed_value not null,
    add column sort_code sealed_value not null,
    add column account_number sealed_value not null;

-- The hash is of the file as it goes to the bank; whoever opens it computes it anew.
alter table bank_file drop column body, drop column sha256;
alter table bank_file
    add column sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    add column body sealed_value not null,
    add primary key (run_id, sha256);
