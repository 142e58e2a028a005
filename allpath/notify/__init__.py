"""How people are told: e-mail, signed webhooks, other channels, calendars."""
