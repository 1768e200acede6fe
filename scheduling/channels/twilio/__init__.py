"""Twilio as a way out: SMS, what became of them, and what people write to us."""
