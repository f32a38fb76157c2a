"""The staff's GraphQL. It translates: read the input, call one verb of the domain, shape the answer."""
