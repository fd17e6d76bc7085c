"""Django's PostgreSQL as the house asks it: a line is trusted until it hangs up, hot statements are planned once."""
