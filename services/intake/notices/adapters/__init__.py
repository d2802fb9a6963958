"""What notices need from outside: templates, fonts, PDF, SMTP, tables."""
