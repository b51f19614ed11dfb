"""The Statement of Applicability as a workbook, a PDF and JSON, in both languages."""
