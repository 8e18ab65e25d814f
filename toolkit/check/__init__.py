"""Check: whether a first run can go well, before it. One page of findings, each on its own.

finding     what was found of one thing, and what to do about it
wanted      what a mapping or an operations file needs of Front (pure but for reading it)
front       Front: company, clock, limit, permissions, and what is wanted there
salesforce  Salesforce: sign-in, version, limit, clock
stage       the front door
"""
