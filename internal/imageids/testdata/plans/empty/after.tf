# Nothing to create.
