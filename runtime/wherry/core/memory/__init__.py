"""What is remembered about users."""
