"""What makes the venue's markets live: fair prices, generated or from tapes, and agents."""
