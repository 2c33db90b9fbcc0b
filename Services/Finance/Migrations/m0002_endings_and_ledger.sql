-- What ends an agreement, as case-intake tells it. A case that is closed without support ever having ended was never on a
-- direct payment: nothing is due any more. Where support ended first, its last days are still due.
alter table agreement add column support_ended_on date, add column closed_at timestamptz;

-- What was paid, in double entry. A debit is positive, a credit negative, and every entry comes to nothing.
create table ledger_entry (
    entry_id uuid primary key,
    payment_id uuid not null references payment,
    kind text not null check (kind in ('payment')),
    happened_on date not null,
    posted_at timestamptz not null,
    posted_by uuid not null,
    -- Posted once; a correction will be an entry of another kind.
    unique (payment_id, kind)
);

create table posting (
    entry_id uuid not null references ledger_entry,
    account text not null check (account in ('direct-payments', 'contributions', 'bank')),
    amount_pence bigint not null check (amount_pence <> 0),
    primary key (entry_id, account)
);

create index posting_by_account on posting (account);

-- Looked at when the transaction commits, so that an entry may be written posting by posting.
create function entry_balances() returns trigger language plpgsql as $$
begin
    if (select count(*) < 2 or sum(amount_pence) <> 0 from posting where entry_id = new.entry_id) then
        raise exception 'the postings of an entry do not come to nothing' using errcode = 'check_violation';
    end if;
    return null;
end $$;

create constraint trigger entry_balances after insert on ledger_entry
    deferrable initially deferred for each row execute function entry_balances();
create constraint trigger entry_balances after insert on posting
    deferrable initially deferred for each row execute function entry_balances();

revoke update, delete, truncate on ledger_entry, posting from {{app}};
