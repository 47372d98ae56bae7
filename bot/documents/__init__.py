"""Printed things: invitation cards, page layout, QR codes, typesetting."""
