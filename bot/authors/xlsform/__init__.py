"""Questions written as XLSForm, the spreadsheet of KoboToolbox and ODK: read, and written."""
