"""Internal audit: programme, engagement, working papers, findings, opinion and follow-up."""
