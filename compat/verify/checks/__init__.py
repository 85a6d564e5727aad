"""The checks: each looks at one promise of a package and yields what breaks it."""
