"""Reading household rosters as communities and property systems keep them (workflow.md, roster columns)."""
