"""Pages for people: what every HTML file that a stage writes is made of, and what it forbids itself."""
