-- One case per referral: every referral is in exactly one case.
create table care_case (
    case_id uuid primary key,
    referral_id uuid not null unique,
    person_id uuid not null,
    referred_at timestamptz not null,
    -- The case as its history has made it; the columns beside it are for lists.
    state jsonb not null,
    phase text not null check (phase in (
        'opened', 'not-eligible', 'eligible', 'offered', 'answered', 'setting-up', 'agreed', 'supported', 'ended', 'closed')),
    phase_since timestamptz not null,
    -- The number of the last row of its history.
    version bigint not null check (version > 0),
    -- From dp-finance: starts the review clock (SI 2014/2871 reg 7: a review within six months of it).
    first_paid_on date,
    review_due_on date check (review_due_on > first_paid_on),
    check ((first_paid_on is null) = (review_due_on is null))
);

create index care_case_by_phase on care_case (phase, phase_since, case_id);

-- What happened in a case, in order. Rows are only ever added.
create table case_history (
    case_id uuid not null references care_case,
    version bigint not null check (version > 0),
    happened_at timestamptz not null,
    event jsonb not null,
    -- Who decided it, or the event of another service that led to it.
    decided_by text not null check (decided_by <> ''),
    primary key (case_id, version)
);

-- The agreement exactly as it is shown. A signature holds for this text and no other.
create table agreement_text (
    agreement_id uuid not null,
    version integer not null check (version > 0),
    case_id uuid not null references care_case,
    body text not null check (body <> ''),
    -- The database computes the hash itself, so that text and hash cannot part.
    sha256 text not null check (sha256 = encode(sha256(convert_to(body, 'UTF8')), 'hex')),
    drafted_at timestamptz not null,
    drafted_by text not null,
    primary key (agreement_id, version)
);

create unique index agreement_text_of_case on agreement_text (case_id, version);

create table agreement_signature (
    agreement_id uuid not null,
    version integer not null,
    signer_role text not null check (signer_role in ('adult', 'nominated-person', 'authorised-person', 'council')),
    signer_name text not null check (signer_name <> ''),
    text_sha256 text not null,
    signed_at timestamptz not null,
    recorded_by text not null,
    primary key (agreement_id, version, signer_role),
    foreign key (agreement_id, version) references agreement_text
);

-- Who signed must have been shown the text that is stored.
create function signature_is_of_stored_text() returns trigger language plpgsql as $$
begin
    if not exists (
        select from agreement_text t
        where t.agreement_id = new.agreement_id and t.version = new.version and t.sha256 = new.text_sha256
    ) then
        raise exception 'the signature is for another text' using errcode = 'check_violation';
    end if;
    return new;
end $$;

create trigger signature_is_of_stored_text before insert on agreement_signature
    for each row execute function signature_is_of_stored_text();

revoke update, delete on case_history, agreement_text, agreement_signature from {{app}};
revoke delete on care_case from {{app}};
