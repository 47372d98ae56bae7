"""Tests of the reports and the export."""
