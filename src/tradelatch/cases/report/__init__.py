"""What goes out of a case: the report, requests to exchanges, and packs of evidence."""
