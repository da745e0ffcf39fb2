"""The portal as a server: the built site and, when it is there, the runtime's HTTP API under one address."""
