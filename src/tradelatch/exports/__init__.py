"""Exports of exchanges, and other tables that people hand in: read whatever their language,
encoding and way of writing numbers and dates, or refused with a sentence that says what helps."""
