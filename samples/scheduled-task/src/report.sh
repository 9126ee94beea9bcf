#!/bin/sh
# Prints what it was configured with.
env | sort
cat "${TEMPLATE:-/etc/report/template.txt}"
