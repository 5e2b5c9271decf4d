"""WHAT IT MEANS: a real dbt project; this file only makes its SQL travel with the application."""
