"""Where cases are kept: tables, one transaction for each verb, and the chain of events that proves them."""
