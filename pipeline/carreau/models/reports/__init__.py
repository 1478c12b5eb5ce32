"""Reports of builds: figures as JSON, and pages in several languages."""
