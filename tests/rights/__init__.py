"""Who may do what: the rule, the table of all that can be asked for, and attempts to get round it."""
