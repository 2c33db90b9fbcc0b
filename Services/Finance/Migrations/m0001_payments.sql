-- A signed agreement as finance knows it. The text's hash is the one that was signed.
create table agreement (
    agreement_id uuid primary key,
    case_id uuid not null,
    person_id uuid not null,
    version integer not null check (version > 0),
    text_sha256 text not null check (text_sha256 ~ '^[0-9a-f]{64}$'),
    signed_at timestamptz not null,
    weekly_budget_pence bigint not null check (weekly_budget_pence > 0),
    weekly_contribution_pence bigint not null check (weekly_contribution_pence between 0 and weekly_budget_pence),
    starts_on date not null,
    ends_on date check (ends_on >= starts_on),
    -- Set when the text changed after it was signed: nothing is paid until it is signed again.
    redrafted_at timestamptz
);

create index agreement_of_case on agreement (case_id);

create table payee (
    payee_id uuid primary key,
    agreement_id uuid not null unique references agreement,
    account_name text not null check (account_name <> ''),
    sort_code text not null check (sort_code ~ '^[0-9]{6}$'),
    account_number text not null check (account_number ~ '^[0-9]{8}$'),
    recorded_by uuid not null,
    recorded_at timestamptz not null
);

-- A pay run as its history has made it: the columns that lists, controls and the rule "no person acts twice" need.
create table pay_run (
    run_id uuid primary key,
    status text not null check (status in ('draft', 'locked', 'approved', 'released', 'settled', 'cancelled')),
    payment_date date not null,
    -- The number of the last row of its history.
    version bigint not null check (version > 0),
    line_count integer not null check (line_count >= 0),
    total_pence bigint not null check (total_pence >= 0),
    -- Everyone who created, filled, changed or locked it.
    preparers uuid[] not null check (cardinality(preparers) > 0),
    approver uuid,
    releaser uuid,
    file_sha256 text check (file_sha256 ~ '^[0-9a-f]{64}$'),
    created_at timestamptz not null,
    constraint approver_did_not_prepare check (not (approver = any (preparers))),
    constraint releaser_did_nothing_before check (not (releaser = any (preparers)) and releaser is distinct from approver or releaser is null),
    check (status not in ('approved', 'released', 'settled') or (approver is not null and file_sha256 is not null)),
    check (status not in ('released', 'settled') or releaser is not null)
);

create table pay_run_history (
    run_id uuid not null references pay_run,
    version bigint not null check (version > 0),
    happened_at timestamptz not null,
    event jsonb not null,
    decided_by uuid not null,
    primary key (run_id, version)
);

-- What is paid for which days. One agreement, and one person, is never paid twice for a day.
create table payment (
    payment_id uuid primary key,
    agreement_id uuid not null references agreement,
    case_id uuid not null,
    person_id uuid not null,
    payee_id uuid not null references payee,
    run_id uuid not null references pay_run,
    period daterange not null check (not isempty(period) and not lower_inf(period) and not upper_inf(period)),
    gross_pence bigint not null check (gross_pence >= 0),
    contribution_pence bigint not null check (contribution_pence between 0 and gross_pence),
    amount_pence bigint not null check (amount_pence = gross_pence - contribution_pence and amount_pence > 0),
    -- What the bank shows beside the money: at most 18 characters.
    reference text not null unique check (reference ~ '^[A-Z0-9]{1,18}$'),
    -- Taken out of its run (held, or the run was cancelled): the days are free to be paid again.
    voided_at timestamptz,
    paid_at timestamptz check (paid_at is null or voided_at is null),
    constraint person_is_paid_once_for_a_day exclude using gist (person_id with =, period with &&) where (voided_at is null)
);

create index payment_of_run on payment (run_id);
create index payment_of_agreement on payment (agreement_id);
create unique index first_payment_of_period on payment (agreement_id, (lower(period))) where voided_at is null;

-- The bank file of a run, byte for byte, fixed when the run was approved.
create table bank_file (
    run_id uuid not null references pay_run,
    sha256 text not null check (sha256 = encode(sha256(body), 'hex')),
    format text not null check (format in ('bacs-standard-18')),
    body bytea not null,
    made_at timestamptz not null,
    primary key (run_id, sha256)
);

revoke update, delete on bank_file, pay_run_history from {{app}};
revoke delete on pay_run, payment, payee, agreement from {{app}};
