"""WHO: the roster, handles over time, consent, suppression, and whose an account is."""
