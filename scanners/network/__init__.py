"""Hosts, ports and services: discovery, identification, and the judgement of exposure."""
