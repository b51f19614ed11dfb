"""The conformity report (Perwal Pekalongan 26/2021 Pasal 6(1)c) as HTML, PDF, XLSX and JSON."""
