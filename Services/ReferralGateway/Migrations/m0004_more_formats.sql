-- Messages of the Booking and Referral Standard, bundles of UK Core resources and HL7 version 2 are taken in beside notices.
alter table submission
    drop constraint submission_format_check,
    add constraint submission_format_is_known check (format in ('adw', 'bars', 'uk-core', 'hl7v2'));
