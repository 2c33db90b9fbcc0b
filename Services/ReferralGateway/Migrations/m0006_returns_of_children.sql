-- What a return of children's services says of one young person is kept as a submission of its own.
alter table submission
    drop constraint submission_format_is_known,
    add constraint submission_format_is_known check (format in ('adw', 'bars', 'uk-core', 'hl7v2', 'cin', 'ssda903', 'dfe'));
