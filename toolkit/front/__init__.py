"""Front: the client, what a contact there needs to become what was asked, and the snapshot stage."""
