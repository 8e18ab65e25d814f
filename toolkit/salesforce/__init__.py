"""Salesforce: sign-in, the client, what a report's answer means, and the export stage."""
