-- What was agreed, version by version: a later one holds from its first day on, and the days before stay due as they were agreed.
create table agreement_term (
    agreement_id uuid not null references agreement,
    version integer not null check (version > 0),
    starts_on date not null,
    ends_on date check (ends_on >= starts_on),
    weekly_budget_pence bigint not null check (weekly_budget_pence > 0),
    weekly_contribution_pence bigint not null check (weekly_contribution_pence between 0 and weekly_budget_pence),
    primary key (agreement_id, version)
);

insert into agreement_term (agreement_id, version, starts_on, ends_on, weekly_budget_pence, weekly_contribution_pence)
select agreement_id, version, starts_on, ends_on, weekly_budget_pence, weekly_contribution_pence from agreement;

-- Each version with the last day on which it holds; one that a later version begins before holds on none.
create view agreement_terms_in_force as
select t.agreement_id, t.version, t.starts_on, t.weekly_budget_pence, t.weekly_contribution_pence,
    least(t.ends_on, a.ends_on,
        (select min(later.starts_on) - 1 from agreement_term later
            where later.agreement_id = t.agreement_id and later.version > t.version)) as ends_on
from agreement_term t join agreement a using (agreement_id);

revoke update, delete on agreement_term from {{app}};
