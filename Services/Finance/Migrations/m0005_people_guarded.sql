-- Whose accounts, agreements and payments are in these tables is found only where somebody acts.
select guard_people('payee'), guard_people('bank_file'), guard_people('agreement'),
    guard_people('agreement_term'), guard_people('payment');
-- A view asks as whoever asks it; otherwise it would ask as its owner, who finds nothing.
alter view agreement_terms_in_force set (security_invoker = true);
