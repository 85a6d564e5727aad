"""Running what was generated: packages loaded by name or folder, and a proxy that serves them."""
