"""The attackers that ship, one file each; docs/attacks/ has a page on each."""
