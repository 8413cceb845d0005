#!/bin/sh
# SPDX-License-Identifier: ISC
# Makes ./configure in a fresh clone; a release tarball already has it.
set -e
cd "$(dirname "$0")"
exec autoreconf -fi "$@"
