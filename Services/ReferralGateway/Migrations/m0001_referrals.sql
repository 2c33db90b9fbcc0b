-- Everything a partner sent, exactly as it came, and what became of it. Nothing is lost:
-- accepted + quarantined = submission rows, and with the repeats they are all that was received.
create table person (
    person_id uuid primary key,
    -- Ten digits with a right check digit, or null where none is known to be valid.
    nhs_number text unique check (nhs_number ~ '^[0-9]{10}$'),
    family_name text not null,
    given_names text[] not null,
    born_on date,
    gender text not null,
    postcode text,
    first_seen_at timestamptz not null
);

create table referral (
    referral_id uuid primary key,
    person_id uuid not null references person,
    -- The sender's own number of the referral, the same in every notice about it.
    sender text not null,
    senders_number text not null,
    state jsonb not null,
    is_withdrawn boolean not null,
    version bigint not null check (version > 0),
    unique (sender, senders_number)
);

create table submission (
    receipt uuid primary key,
    sender text not null check (sender <> '' and length(sender) <= 100),
    message_id text not null check (message_id <> '' and length(message_id) <= 300),
    channel text not null check (channel in ('http', 'command-line')),
    format text not null check (format in ('adw')),
    received_at timestamptz not null,
    submitted_by text not null,
    input_sha256 text not null check (input_sha256 = encode(sha256(input), 'hex')),
    input bytea not null,
    outcome text not null check (outcome in ('accepted', 'quarantined')),
    -- Every problem found: an array of {path, rule, severity, fix}.
    findings jsonb not null check (jsonb_typeof(findings) = 'array'),
    referral_id uuid references referral,
    check ((outcome = 'accepted') = (referral_id is not null)),
    -- Idempotency: a sender's message is taken once; the hash tells a repeat from another message under the same id.
    unique (sender, message_id)
);

create index submission_quarantined on submission (received_at) where outcome = 'quarantined';

-- A repeat is answered with the first receipt and counted here.
create table repeated_submission (
    repeat_id uuid primary key,
    receipt uuid not null references submission,
    received_at timestamptz not null,
    channel text not null check (channel in ('http', 'command-line'))
);

-- What was sent stays as it was sent.
revoke update, delete on submission, repeated_submission from {{app}};
revoke delete on person, referral from {{app}};
