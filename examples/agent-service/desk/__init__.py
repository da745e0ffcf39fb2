"""A boat hire desk that answers by chat."""
