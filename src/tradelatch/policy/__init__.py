"""Rules, references, the loss budget and the verdict."""
