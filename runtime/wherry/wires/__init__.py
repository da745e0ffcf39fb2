"""Wire formats of model services: pure encoders and decoders, and the HTTP transport below them."""
