#!/usr/bin/env python3
"""A full SST by mgc_mariabackup, in every way that it can travel."""

from full_sst import in_every_way

in_every_way("mgc_mariabackup")
