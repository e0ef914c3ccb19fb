"""What the files of exchanges are made with: tables of endpoints, strict reading, wording,
signatures, answers."""
