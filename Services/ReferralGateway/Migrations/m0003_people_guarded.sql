-- Who is in these tables is found only where somebody acts.
select guard_people('person'), guard_people('referral'), guard_people('submission'), guard_people('repeated_submission');
