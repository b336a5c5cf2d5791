"""Tables, queries, migrations. Knows SQL, not chat."""
