"""The start of a mapping: what the columns of a CSV likely mean, and a first mapping file that says so.

``vocabulary`` (headings and what they mean, as data), ``recognise`` (the columns of a file and their meanings),
``propose`` and ``fields`` (what a mapping would do with them), ``write`` (that as YAML with comments) are pure;
``stage`` reads the CSV and writes the file. Guesses end here: the file is for a person to read before it is used.
"""
