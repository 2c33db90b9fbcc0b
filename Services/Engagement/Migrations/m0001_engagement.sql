create table champion (
    champion_id uuid primary key,
    staff_id uuid not null,
    directorate text not null check (directorate <> ''),
    team text not null check (team <> ''),
    recruited_on date not null,
    stood_down_on date check (stood_down_on >= recruited_on),
    recorded_by uuid not null
);

-- Somebody is a champion of one team at a time.
create unique index champion_once on champion (staff_id) where stood_down_on is null;

create table training_session (
    session_id uuid primary key,
    title text not null check (title <> ''),
    held_on date not null,
    recorded_by uuid not null,
    unique (title, held_on)
);

create table attendance (
    session_id uuid not null references training_session,
    staff_id uuid not null,
    role text not null check (role <> ''),
    team text not null check (team <> ''),
    primary key (session_id, staff_id)
);

revoke update, delete on training_session, attendance from {{app}};
revoke delete on champion from {{app}};
