-- Who is in these tables is found only where somebody acts.
select guard_people('care_case'), guard_people('case_history'), guard_people('agreement_text'), guard_people('agreement_signature');
