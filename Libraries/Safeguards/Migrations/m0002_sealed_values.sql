-- What a column of sealed values may hold: the form's number, the four bytes that tell the key, nonce, ciphertext and tag. Nothing
-- that is in the clear gets in by mistake.
create domain sealed_value as bytea check (octet_length(value) >= 33 and get_byte(value, 0) = 1);
