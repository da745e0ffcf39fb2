"""The thinking of the runtime. Public paths re-export from here."""
