"""Twilio as a way out: SMS, their delivery, and what people write to us."""
