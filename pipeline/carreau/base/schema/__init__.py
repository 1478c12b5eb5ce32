"""The one contract with the server and the viewer; the viewer's types are generated from its JSON schema."""
