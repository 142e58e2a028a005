"""The summary of a patient on paper: what it says, and how it is set as PDF/UA."""
