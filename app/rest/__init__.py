"""`/api/v1`: logging in, from a browser or an app that speaks no GraphQL yet."""
