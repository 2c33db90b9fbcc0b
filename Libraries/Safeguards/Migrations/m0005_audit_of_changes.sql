-- Changes of a record that is about many people, by the id at the end of its name: a pay run's are in the streams of whoever acted.
create index audit_entry_by_changed_record on audit_entry (right(record, 36))
    where kind = 'actor' and (before is not null or after is not null);
