"""What a participant types: plain answers, days, controls, help, small talk."""
