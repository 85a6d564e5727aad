"""The frozen interface model: one shape for Swagger 2.0, OpenAPI 3.0 and 3.1."""
