"""Reads and writes the tables, one repository per aggregate."""
