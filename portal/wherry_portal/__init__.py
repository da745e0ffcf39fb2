"""The tools of a migration: assess, migrate, parity, bench, pilots, the release gate and the pages of the site."""
