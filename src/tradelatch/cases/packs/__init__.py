"""What is handed over: packs of evidence, and requests to exchanges."""
