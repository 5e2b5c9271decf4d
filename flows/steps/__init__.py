"""The plain functions behind every verb. The command line and the Prefect flows call these, and nothing else."""
