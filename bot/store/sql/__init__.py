"""SQL underneath the repositories: engine, drivers, statements, bulk writing."""
