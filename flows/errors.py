"""What a person must put right before a run can start.

ConfigurationError
├── SettingsError       the environment (`ROLLCALL_*`)
└── CampaignError       the campaign file: missing, unreadable, or with a value that cannot be meant
"""

from __future__ import annotations


class ConfigurationError(Exception):
    """One plain sentence: what is wrong, where, and what to do. Exit code 2."""


class SettingsError(ConfigurationError):
    """The environment is wrong."""


class CampaignError(ConfigurationError):
    """The campaign file is missing, unreadable, or holds a value that cannot be meant."""
