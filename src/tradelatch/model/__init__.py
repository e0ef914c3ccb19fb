"""The shared nouns: money, symbols, orders, intents, clock. No I/O, imports nothing of ours."""
