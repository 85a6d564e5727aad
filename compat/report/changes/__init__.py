"""The changes between two specs, each listed once and written in the forms that readers want."""
