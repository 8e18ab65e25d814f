"""Replay: operations into requests, each journalled before it is sent, and resumed exactly after any stop."""
