-- What somebody decided about a quarantined message. What was sent stays as it was sent; a corrected text stands beside it.
create table quarantine_settlement (
    receipt uuid primary key references submission,
    how text not null check (how in ('replayed', 'fixed', 'discarded')),
    settled_at timestamptz not null,
    settled_by text not null,
    reason text not null check (length(reason) between 1 and 500),
    corrected_input sealed_value,
    corrected_sha256 text check (corrected_sha256 ~ '^[0-9a-f]{64}$'),
    -- Whose key seals it.
    sealed_for uuid,
    -- What was still found: an array of {path, rule, severity, fix}, none of them an error.
    findings jsonb not null check (jsonb_typeof(findings) = 'array'),
    referral_id uuid references referral,
    check ((how = 'discarded') = (referral_id is null)),
    check ((how = 'fixed') = (corrected_input is not null)),
    check ((corrected_input is null) = (corrected_sha256 is null)),
    check ((corrected_input is null) = (sealed_for is null))
);

-- Only what is in quarantine can be settled, and once.
create function quarantine_settlement_fits() returns trigger language plpgsql as $$
begin
    if (select outcome from submission where receipt = new.receipt) <> 'quarantined' then
        raise exception 'the message was taken in' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger quarantine_settlement_fits before insert on quarantine_settlement
    for each row execute function quarantine_settlement_fits();

select guard_people('quarantine_settlement');
revoke update, delete on quarantine_settlement from {{app}};

-- A submission as it stands: as it was received, or as it was settled.
create view submission_standing with (security_invoker = true) as
select s.receipt, s.sender, s.message_id, s.channel, s.received_at, s.input_sha256, q.corrected_sha256,
    case when q.how is null then s.outcome when q.how = 'discarded' then 'discarded' else 'accepted' end as outcome,
    coalesce(q.referral_id, s.referral_id) as referral_id, coalesce(q.findings, s.findings) as findings,
    q.how as settled
from submission s left join quarantine_settlement q using (receipt);
