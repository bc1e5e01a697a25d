"""Measurements that the project holds itself to; ``make bench`` runs them all."""
