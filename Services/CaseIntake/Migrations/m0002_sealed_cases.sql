-- From here on what happened in a case, its agreement's text and who signed are sealed under the person's key; the columns that
-- lists and rules need stay. SQL has no keys, so it cannot seal what an earlier version stored in the clear: such a database is
-- refused.
do $$
begin
    if exists (select from care_case) then
        raise exception 'there are cases in the clear here, from before they were sealed: begin with a new database';
    end if;
end $$;

alter table care_case drop column state, add column state sealed_value not null;
alter table case_history drop column event, add column event sealed_value not null;
-- The hash is of the text as it is shown; whoever opens it computes it anew.
alter table agreement_text
    drop column body, add column body sealed_value not null,
    add constraint text_sha256_is_a_hash check (sha256 ~ '^[0-9a-f]{64}$');
alter table agreement_signature drop column signer_name, add column signer_name sealed_value not null;
