"""sf2front: contacts from Salesforce reports into Front, stage by stage, with a file between each two."""

__version__ = "0.1.0"
