"""The Twilio channel: SMS, their delivery receipts, and replies."""
