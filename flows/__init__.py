"""WHEN: Prefect flows, settings, the command line. The only code that knows Prefect, the environment and files."""
