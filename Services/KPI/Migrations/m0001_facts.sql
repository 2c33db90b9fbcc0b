-- What the events said, one row per thing, without a name or an address. Every measure is computed from these rows.
create table referral_fact (
    referral_id uuid primary key,
    person_id uuid not null,
    source text not null,
    received_at timestamptz not null,
    withdrawn_at timestamptz
);

create table case_fact (
    case_id uuid primary key,
    referral_id uuid not null,
    person_id uuid not null,
    -- The day in London on which the referral was received.
    referred_on date not null,
    age_band text not null,
    ethnic_group text,
    eligible boolean,
    assessed_on date,
    offered_on date,
    offer_answer text check (offer_answer in ('accepted', 'declined', 'deferred', 'not-suitable')),
    agreement_signed_on date,
    closed_on date
);

-- A spell of support: how it is paid for, from when until when.
create table support_fact (
    case_id uuid not null,
    started_on date not null,
    person_id uuid not null,
    setting text not null check (setting in ('nursing', 'residential', 'community', 'prison')),
    mechanism text not null check (mechanism in ('direct-payment', 'managed-personal-budget', 'commissioned-support')),
    support_reason text not null,
    age_band text not null,
    ended_on date check (ended_on >= started_on),
    end_reason text,
    primary key (case_id, started_on)
);

create index support_fact_by_person on support_fact (person_id);

create table payment_fact (
    payment_id uuid primary key,
    agreement_id uuid not null,
    case_id uuid not null,
    person_id uuid not null,
    amount_pence bigint not null check (amount_pence > 0),
    payment_date date not null,
    is_first boolean not null
);

create unique index first_payment_of_case on payment_fact (case_id) where is_first;

create table champion_fact (
    champion_id uuid primary key,
    directorate text not null,
    team text not null,
    recruited_on date not null
);

create table training_fact (
    session_id uuid not null,
    staff_id uuid not null,
    role text not null,
    team text not null,
    held_on date not null,
    primary key (session_id, staff_id)
);
