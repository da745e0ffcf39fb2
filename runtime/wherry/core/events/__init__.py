"""What a run says and leaves: events, outputs, and what a pause waits for."""
