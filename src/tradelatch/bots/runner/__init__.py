"""The runner: bots on real accounts, on paper and live, with everything they do in the store."""
