"""A Salesforce and a Front on this computer: for rehearsal, the demo and tests.

Nothing here is used by the stages, and nothing here talks to the real products. Starlette and uvicorn are
imported inside this package only; ``toolkit.sandbox.serve`` is its door.
"""
