"""The records of a case: what they may hold, whether they are sound, and what follows from them."""
