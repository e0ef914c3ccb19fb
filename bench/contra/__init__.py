"""Contra-trading and account drain, scored on attacks injected into recorded tapes and at the
venue, with hard negatives; and the speed of it on a table of twenty million trades."""
