"""Pictures with the tables they were drawn from, and the files they are taken away as."""
