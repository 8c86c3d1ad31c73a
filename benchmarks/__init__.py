"""What a transition costs beside hand-written SQL and beside other engines; ``make bench``."""
