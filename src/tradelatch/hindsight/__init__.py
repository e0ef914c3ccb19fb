"""What a policy would have refused in the past: in a journal, or in an exchange's trade export."""
